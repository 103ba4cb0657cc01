/** What `getOption('tcpInfo')` gives. */

/** A state of RFC 9293, by its name in the headers of Linux. */
export type TcpState =
  | 'ESTABLISHED'
  | 'SYN_SENT'
  | 'SYN_RECV'
  | 'FIN_WAIT1'
  | 'FIN_WAIT2'
  | 'TIME_WAIT'
  | 'CLOSE'
  | 'CLOSE_WAIT'
  | 'LAST_ACK'
  | 'LISTEN'
  | 'CLOSING'
  | 'UNKNOWN'

/** What was agreed on: `synData` is data in the SYN (fast open), `usecTs` time stamps in microseconds. */
export type TcpInfoOption = 'timestamps' | 'sack' | 'wscale' | 'ecn' | 'ecnSeen' | 'synData' | 'usecTs' | 'tfoChild'

/**
 * What the kernel knows of a TCP connection: `struct tcp_info` of Linux, `struct tcp_connection_info` of macOS. The
 * names are those of C, less `tcpi_`, in camelCase. Times are seconds, as floats; sizes are bytes; `segs`, `unacked` and
 * the like count segments. What the running kernel does not tell is absent.
 *
 * Of a listening socket on Linux, `unacked` is how many connections wait to be accepted, and `sacked` how many may.
 */
export interface TcpInfo {
  /** The state of the connection. */
  readonly state: TcpState
  /** What both sides have agreed on. */
  readonly options: readonly TcpInfoOption[]
  /** The shift of the windows that this side sends to. */
  readonly sndWscale: number
  /** The shift of the windows that this side offers. */
  readonly rcvWscale: number
  /** Seconds until what is not acknowledged is sent again. */
  readonly rto: number
  /** Bytes: the largest segment that is sent. */
  readonly sndMss: number
  /** The slow start threshold: segments on Linux, where 2147483647 stands for none; bytes on macOS. */
  readonly sndSsthresh: number
  /** The congestion window: segments on Linux, bytes on macOS. */
  readonly sndCwnd: number
  /** Seconds: the smoothed round trip time. */
  readonly rtt: number
  /** Seconds: the variation of the round trip time. */
  readonly rttvar: number
  /** Bytes that the peer's window has room for. Linux 5.4, macOS. */
  readonly sndWnd?: number
  /** Bytes that this side's window has room for. Linux 6.2, macOS. */
  readonly rcvWnd?: number
  /** Bytes of data received. Linux 4.1, macOS. */
  readonly bytesReceived?: number
  /** Segments received. Linux 4.2, macOS. */
  readonly segsIn?: number
  /** Bytes of data sent, those sent again among them. Linux 4.19, macOS. */
  readonly bytesSent?: number
  /** Segments sent. Linux 4.2, macOS. */
  readonly segsOut?: number
  /** Bytes of data sent again. Linux 4.19, macOS. */
  readonly bytesRetrans?: number
  /** Segments sent again. */
  readonly totalRetrans?: number

  /** The state of congestion control. Linux, as are all that follow to the next heading. */
  readonly caState?: 'OPEN' | 'DISORDER' | 'CWR' | 'RECOVERY' | 'LOSS' | 'UNKNOWN'
  /** Timeouts in a row. */
  readonly retransmits?: number
  /** Probes of a closed window or an idle peer that were not answered. */
  readonly probes?: number
  /** Doublings of `rto`. */
  readonly backoff?: number
  /** Whether `deliveryRate` was limited by the sender's having too little to send. Linux 4.9. */
  readonly deliveryRateAppLimited?: boolean
  /** Why a fast open failed: 0 = it did not. Linux 5.5. */
  readonly fastopenClientFail?: number
  /** Seconds until an acknowledgement is sent. */
  readonly ato?: number
  /** Bytes: the largest segment that was received. */
  readonly rcvMss?: number
  /** Segments that are not acknowledged. */
  readonly unacked?: number
  /** Segments acknowledged selectively. */
  readonly sacked?: number
  /** Segments taken for lost. */
  readonly lost?: number
  /** Segments sent again and still under way. */
  readonly retrans?: number
  /** Segments up to the last acknowledged selectively; 0 since Linux 4.15. */
  readonly fackets?: number
  /** Seconds since data was sent. */
  readonly lastDataSent?: number
  /** Seconds since an acknowledgement was sent, which Linux does not count. */
  readonly lastAckSent?: number
  /** Seconds since data came. */
  readonly lastDataRecv?: number
  /** Seconds since an acknowledgement came. */
  readonly lastAckRecv?: number
  /** Bytes: the path MTU. */
  readonly pmtu?: number
  /** Bytes: the window that this side means to offer next. */
  readonly rcvSsthresh?: number
  /** Bytes: the largest segment that this side announced. */
  readonly advmss?: number
  /** Segments: how far out of order is not yet taken for loss. */
  readonly reordering?: number
  /** Seconds: the round trip time as the receiver estimates it. */
  readonly rcvRtt?: number
  /** Bytes that the reader takes in a round trip. */
  readonly rcvSpace?: number
  /** Bytes per second at which is sent; `Infinity`: not limited. Linux 3.15. */
  readonly pacingRate?: number
  /** Bytes per second that `SO_MAX_PACING_RATE` allows; `Infinity`: not limited. Linux 3.15. */
  readonly maxPacingRate?: number
  /** Bytes of data acknowledged. Linux 4.1. */
  readonly bytesAcked?: number
  /** Bytes in the queue that were not sent yet. Linux 4.6. */
  readonly notsentBytes?: number
  /** Seconds: the shortest round trip; absent before the first. Linux 4.6. */
  readonly minRtt?: number
  /** Segments with data received. Linux 4.6. */
  readonly dataSegsIn?: number
  /** Segments with data sent. Linux 4.6. */
  readonly dataSegsOut?: number
  /** Bytes per second, as last measured. Linux 4.9. */
  readonly deliveryRate?: number
  /** Seconds spent sending. Linux 4.10. */
  readonly busyTime?: number
  /** Seconds spent waiting for the peer's window. Linux 4.10. */
  readonly rwndLimited?: number
  /** Seconds spent waiting for room in the send buffer. Linux 4.10. */
  readonly sndbufLimited?: number
  /** Segments delivered. Linux 4.18. */
  readonly delivered?: number
  /** Segments delivered with a mark of congestion. Linux 4.18. */
  readonly deliveredCe?: number
  /** Segments that arrived twice, as the peer says. Linux 4.19. */
  readonly dsackDups?: number
  /** Times that segments were seen to be out of order. Linux 4.19. */
  readonly reordSeen?: number
  /** Segments received out of order. Linux 5.4. */
  readonly rcvOoopack?: number
  /** Times that another path was tried. Linux 6.2. */
  readonly rehash?: number
  /** Timeouts in all. Linux 6.7. */
  readonly totalRto?: number
  /** Stretches of timeouts. Linux 6.7. */
  readonly totalRtoRecoveries?: number
  /** Seconds spent in those stretches. Linux 6.7. */
  readonly totalRtoTime?: number
  /** Segments that came with a mark of congestion. Linux 6.18. */
  readonly receivedCe?: number
  /** Bytes delivered with the mark ECT(1), by Accurate ECN. Linux 6.18. */
  readonly deliveredE1Bytes?: number
  /** Bytes delivered with the mark ECT(0). Linux 6.18. */
  readonly deliveredE0Bytes?: number
  /** Bytes delivered with the mark CE. Linux 6.18. */
  readonly deliveredCeBytes?: number
  /** Bytes received with the mark ECT(1). Linux 6.18. */
  readonly receivedE1Bytes?: number
  /** Bytes received with the mark ECT(0). Linux 6.18. */
  readonly receivedE0Bytes?: number
  /** Bytes received with the mark CE. Linux 6.18. */
  readonly receivedCeBytes?: number

  /** Whether losses are being repaired. macOS, as are all that follow. */
  readonly lossRecovery?: boolean
  /** Whether segments were seen out of order. macOS. */
  readonly reorderingDetected?: boolean
  /** Bytes in the send buffer, those under way among them. */
  readonly sndSbbytes?: number
  /** Seconds: the last round trip time. */
  readonly rttcur?: number
  /** Bytes received out of order. */
  readonly rxoutoforderbytes?: number
  /** What became of a fast open: the names of C, less `tcpi_tfo_`, in camelCase. */
  readonly tfo?: readonly string[]
}
