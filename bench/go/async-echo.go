// An echo server for many clients: a goroutine for each.
package main

import (
	"net"
	"runtime/debug"
	"time"
)

func serve(conn net.Conn) {
	defer conn.Close()
	buffer := make([]byte, 4096)
	for {
		n, err := conn.Read(buffer)
		if n > 0 {
			if _, err := conn.Write(buffer[:n]); err != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}

func main() {
	if text("collect") != "" {
		go func() {
			for range time.Tick(100 * time.Millisecond) {
				debug.FreeOSMemory()
			}
		}()
	}
	listener := listenLoopback()
	for {
		conn, err := listener.Accept()
		check(err)
		go serve(conn)
	}
}
