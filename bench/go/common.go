// What every Go program of the benchmarks shares; the counterpart of c/bench.h.
package main

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"
)

const chunk = 65536

var began = time.Now()

// The monotonic clock.
func nowNs() int64 { return int64(time.Since(began)) }

// User and system time of this process, its threads included.
func cpuNs() int64 {
	var usage syscall.Rusage
	check(syscall.Getrusage(syscall.RUSAGE_SELF, &usage))
	return usage.Utime.Nano() + usage.Stime.Nano()
}

func check(err error) {
	if err != nil {
		fail(err.Error())
	}
}

func fail(what string) {
	fmt.Fprintln(os.Stderr, "Error: "+what)
	os.Exit(1)
}

// The arguments of this program, written key=value.
func text(key string) string {
	for _, word := range os.Args[1:] {
		if strings.HasPrefix(word, key+"=") {
			return word[len(key)+1:]
		}
	}
	return ""
}

func number(key string, fallback int) int {
	value, err := strconv.Atoi(text(key))
	if err != nil {
		return fallback
	}
	return value
}

// Go sets TCP_NODELAY by itself.
func connectLoopback() *net.TCPConn {
	conn, err := net.Dial("tcp4", "127.0.0.1:"+text("port"))
	check(err)
	return conn.(*net.TCPConn)
}

// Listens on a free port and tells it on the first line of stdout.
func listenLoopback() *net.TCPListener {
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	check(err)
	fmt.Println(listener.Addr().(*net.TCPAddr).Port)
	return listener.(*net.TCPListener)
}

// The stream that sources send and sinks expect, twice its period.
func newPattern() []byte {
	pattern := make([]byte, 2*chunk)
	for i := range pattern {
		at := i % chunk
		pattern[i] = byte(at + 7*(at>>8))
	}
	return pattern
}

func uint64s(values ...uint64) []byte {
	bytes := []byte{}
	for _, value := range values {
		bytes = binary.LittleEndian.AppendUint64(bytes, value)
	}
	return bytes
}

func finish(result map[string]any) {
	line, err := json.Marshal(result)
	check(err)
	fmt.Println(string(line))
}

func latencies(times []uint32) string {
	bytes := []byte{}
	for _, time := range times {
		bytes = binary.LittleEndian.AppendUint32(bytes, time)
	}
	return base64.StdEncoding.EncodeToString(bytes)
}
