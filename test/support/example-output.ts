/** What examples print. */
import { can } from './sockets.js'

/** The examples that need no peer, and what they print. */
export const PROGRAMS: Record<string, RegExp[]> = {
  'connect-ex.js': [/^127\.0\.0\.1 port \d+: open$/m, /^127\.0\.0\.1 port \d+: closed \(\d+ ECONNREFUSED\)$/m],
  'non-blocking.js': [
    /^accept EAGAIN \(\d+\)$/m,
    /^connect_ex answers \d+ EINPROGRESS$/m,
    /^accepted\nrecv EAGAIN \(\d+\)$/m,
    /^recv answers 'hello'$/m,
    /^send EAGAIN \(\d+\)\nthe kernel took [1-9]\d+ bytes$/m,
  ],
  'timeout.js': [
    /gettimeout\(\) is null$/m,
    /^accept: ETIMEDOUT after [\d.]+ seconds$/m,
    /^connect: done$/m,
    /^recv: ETIMEDOUT after [\d.]+ seconds$/m,
    /^sendall: ETIMEDOUT after \S+ seconds with [1-9]\d+ bytes sent$/m,
    /^recvfrom: ETIMEDOUT after [\d.]+ seconds$/m,
    /^settimeout\(null\) .* getblocking\(\) is true\nsettimeout\(0\) .* getblocking\(\) is false$/m,
  ],
  'send-vs-sendall.js': [
    /^data\.length is 1048576$/m,
    /^send\(data\) answers (\d+): \1 bytes arrived$/m,
    /^sendall\(data\) answers undefined: 1048576 bytes arrived$/m,
    /^send in a loop answers 1048576: 1048576 bytes arrived$/m,
  ],
  'recv-until-end.js': [
    /^(recv\(16\) answers ([1-9]|1[0-6]) bytes '.+'\n){3,}recv\(16\) answers 0 bytes ''$/m,
    /^in all: 'The quick brown fox jumps over the lazy dog\.'$/m,
    /^recv\(19, MSG_WAITALL\) answers 'The quick brown fox'$/m,
  ],
  'udp-sizes.js': [
    /^1400 bytes: sendto answers 1400, recvfrom gives 1400$/m,
    /^65508 bytes: EMSGSIZE \(\d+\)$/m,
    /^recvfrom\(6\) gives 'a long'\nrecvfrom\(65535\) gives 'the next one'$/m,
    /^an empty one has 0 bytes$/m,
  ],
  // test/ancillary/routers.test.ts has it go through a router.
  'traceroute.js': [
    can.linux ? /^to 127\.0\.0\.1, .*\n1: 127\.0\.0\.1, [\d.]+ ms, ECONNREFUSED$/m : /no error queue$/m,
  ],
  'udp-destination-address.js': [
    /^asked at 127\.0\.0\.1 by lo\d?\n127\.0\.0\.1 asked, 127\.0\.0\.1 answered 'hello'$/m,
    can.linux ? /^asked at 127\.1\.2\.3 by lo\n127\.1\.2\.3 asked, 127\.1\.2\.3 answered 'hello'$/m : /^/,
  ],
  'udp-errors.js': can.linux
    ? [
        /^'hello, (\d+)' to 127\.0\.0\.1 port \1: ECONNREFUSED, says 127\.0\.0\.1$/m,
        /^sendto: EMSGSIZE$/m,
        /^EMSGSIZE: the interface takes [1-9]\d+ bytes$/m,
      ]
    : [/^this system has no error queue$/m],
  'peer-credentials.js': [
    /^process (\d+) of user \d+ and group \d+: the child$/m,
    /^the client, process \d+, was told: welcome$/m,
    can.linux ? /^'a datagram' from this process$/m : /^/,
  ],
  'pass-descriptor.js': [
    /^the client got 'hello Ada from 127\.0\.0\.1, you are number 1'$/m,
    /^the client got 'hello Radia from 127\.0\.0\.1, you are number 3'\nthe child ended with 0$/m,
  ],
  'seqpacket.js': [
    /^a stream: 'first messagesecond'$/m,
    ...(can.linux
      ? [
          /^packets: 'first message' and 'second'\n'longer tha', cut: true$/m,
          /^type 7, 4 bytes: 'body'\nthe end: 0 bytes$/m,
        ]
      : []),
  ],
  'unix-stream.js': [
    /^socketpair: 'to the right'\nsocketpair: 'to the left'\nsocketpair: 0 bytes, the end of the stream$/m,
    /^listening on .*socket$/m,
    /has the address ''$/m,
    /^path: 'hello'$/m,
  ],
  'worker-server.js': [
    /^listening on 127\.0\.0\.1 port [1-9]\d*\nhello, Ada\nhello, Grace\nhello, Radia$/m,
    /^the event loop was free meanwhile\nthe server is ended$/m,
  ],
  'socket-options.js': [
    /^keepAliveIdle: 30 seconds, linger: null\nnoDelay: false, receiveTimeout: 2\.5\d* seconds$/m,
    /^SO_REUSEADDR: was 0, set to true, is [1-9]\d*$/m,
    /^IP_TTL: was \d+, set to 17, is 17$/m,
    /^SO_TYPE: 1, SOCK_STREAM is 1$/m,
    /^SO_ERROR: 0,/m,
    /^SO_LINGER: 8 bytes, on, 5 seconds$/m,
  ],
  'tcp-info.js': [
    /^connected: ESTABLISHED, agreed on .*\n {2}round trip \d+\.\d+ ms, /m,
    /^after 1048576 bytes: [\s\S]* sent 1048576 bytes in [1-9]\d* segments/m,
    can.linux ? /^after \d+ more that nobody reads: [\s\S]*not sent yet: [1-9]\d* bytes$/m : /^/,
  ],
  'multicast-chat.js': [/^joined 239\.255\.50\.7 port 50007 as guest \d+$/m],
  'bpf-filter.js': can.linux
    ? [/^sent 7 datagrams\nreceived {"a":1}\nreceived {"b":2}\nreceived {}\n4 were dropped by the kernel$/m, /: EPERM,/]
    : [/^filters on sockets are a thing of Linux$/m],
  'resolve.js': [
    /^localhost port 80\n( {2}IPv[46] .*: (127\.0\.0\.1|::1) port 80\n)+/m,
    /^localhost port 80, for TCP over IPv4 only\n {2}IPv4 TCP: 127\.0\.0\.1 port 80$/m,
    /^ {2}EAI_NONAME \(-?\d+\): /m,
  ],
  'waiting-for-many.js': [
    /^readable: left; writable: right,far\n0 readable after (\d+) ms$/m,
    /^left: POLLIN \| POLLOUT\nnear: POLLIN \| POLLHUP$/m,
    can.linux ? /^epoll: 1, then 0\nepoll after another send: 1$/m : /^/,
    /^right has to the right$/m,
  ],
  'http-over-sockets.js': [
    /^a new connection\n200 GET \/one from port (\d+)\n200 GET \/two from port \1\n200 GET \/three from port \1$/m,
    /^connections: 1$/m,
  ],
  'tls-over-sockets.js': [
    /^server received: STARTTLS\nclient received: 220 go ahead\nserver received in secret: MAIL$/m,
    /^client received in secret: 250 understood \(TLSv1\.2\)\nthe socket is closed$/m,
  ],
  'web-streams.js': [
    /^received 'another line'$/m,
    /^a line of 6 characters, in a buffer of 1024 bytes\n/m,
    /^a line of 100000 characters, in a buffer of 1024 bytes\nthe sockets are closed$/m,
  ],
}
