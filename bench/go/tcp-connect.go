// Connects and closes, one after the other.
package main

func connections(count int) {
	for i := 0; i < count; i++ {
		conn := connectLoopback()
		// Without a handshake, so that no port is kept in TIME_WAIT.
		check(conn.SetLinger(0))
		check(conn.Close())
	}
}

func main() {
	count := number("count", 1000)
	// Its end tells the sink that this program has ended.
	first := connectLoopback()
	connections(number("checked", 10))
	connections(number("warmup", 0))
	cpu, start := cpuNs(), nowNs()
	connections(count)
	ns := nowNs() - start
	finish(map[string]any{"ns": ns, "cpuNs": cpuNs() - cpu, "count": count})
	check(first.Close())
}
