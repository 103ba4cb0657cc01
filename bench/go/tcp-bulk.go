// Many chunks of 64 KiB in one direction. There is one way to receive: into a buffer that is there already.
package main

import (
	"bytes"
	"encoding/binary"
	"io"
	"net"
)

var pattern = newPattern()

func receive(conn net.Conn, chunks int, checked bool) {
	total, seen := chunks*chunk, 0
	buffer := make([]byte, chunk)
	_, err := conn.Write(uint64s(uint64(total)))
	check(err)
	for seen < total {
		n, err := conn.Read(buffer)
		check(err)
		if checked && !bytes.Equal(buffer[:n], pattern[seen%chunk:seen%chunk+n]) {
			fail("other bytes came")
		}
		seen += n
	}
}

func send(conn net.Conn, chunks int, checked bool) {
	mode := uint64(0)
	if checked {
		mode = 1
	}
	_, err := conn.Write(uint64s(uint64(chunks*chunk), mode))
	check(err)
	for i := 0; i < chunks; i++ {
		_, err := conn.Write(pattern[:chunk])
		check(err)
	}
	answer := make([]byte, 8)
	_, err = io.ReadFull(conn, answer)
	check(err)
	if binary.LittleEndian.Uint64(answer) != uint64(chunks*chunk) {
		fail("the sink got other bytes")
	}
}

func main() {
	count, transfer := number("count", 100), receive
	if text("mode") == "sendall" {
		transfer = send
	}
	conn := connectLoopback()
	transfer(conn, number("checked", 10), true)
	transfer(conn, number("warmup", 0), false)
	cpu, start := cpuNs(), nowNs()
	transfer(conn, count, false)
	ns := nowNs() - start
	finish(map[string]any{"ns": ns, "cpuNs": cpuNs() - cpu, "count": count})
	check(conn.Close())
}
