// Accepts every client and closes its connection at once.
package main

func main() {
	listener := listenLoopback()
	for {
		conn, err := listener.Accept()
		check(err)
		check(conn.Close())
	}
}
