// Sends a message and receives its echo before the next one.
package main

import (
	"bytes"
	"io"
	"net"
)

func trips(conn net.Conn, size, count int, checked bool, times []uint32) []uint32 {
	out, in := make([]byte, size), make([]byte, size)
	for i := 0; i < count; i++ {
		if checked {
			for at := range out {
				out[at] = byte(i)
			}
		}
		var start int64
		if times != nil {
			start = nowNs()
		}
		_, err := conn.Write(out)
		check(err)
		_, err = io.ReadFull(conn, in)
		check(err)
		if times != nil {
			times = append(times, uint32(nowNs()-start))
		}
		if checked && !bytes.Equal(in, out) {
			fail("other bytes came back")
		}
	}
	return times
}

func main() {
	count, size, timed := number("count", 1000), number("size", 1), number("timed", 0)
	conn := connectLoopback()
	trips(conn, size, number("checked", 100), true, nil)
	trips(conn, size, number("warmup", 0), false, nil)
	times := trips(conn, size, timed, false, make([]uint32, 0, timed))
	cpu, start := cpuNs(), nowNs()
	trips(conn, size, count, false, nil)
	ns := nowNs() - start
	result := map[string]any{"ns": ns, "cpuNs": cpuNs() - cpu, "count": count}
	if timed > 0 {
		result["latencies"] = latencies(times)
	}
	finish(result)
	check(conn.Close())
}
