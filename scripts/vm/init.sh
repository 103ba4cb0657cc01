#!/bin/busybox sh
# The first process of the virtual machine: loads the modules, puts the host's files under a writable layer, brings
# loopback up, runs /command in it, and tells its status through the second serial port.
/bin/busybox mkdir -p /proc /sys /dev /bin /host /layer /all
/bin/busybox --install -s /bin
export PATH=/bin
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev

finish() {
  echo "$1" >/dev/ttyS1
  echo 0 >/proc/sys/kernel/printk
  poweroff -f
}

dmesg -n 1
# No carriage returns: the console is somebody's standard output.
stty -F /dev/ttyS0 -opost
for module in $(cat /modules/order); do
  insmod "/modules/$module" || echo "vm: $module was not loaded"
done

mount -t 9p -o trans=virtio,version=9p2000.L,ro,cache=loose,msize=512000 host /host || finish 126
mount -t tmpfs -o size=50% layer /layer
mkdir /layer/upper /layer/work
mount -t overlay -o lowerdir=/host,upperdir=/layer/upper,workdir=/layer/work all /all || finish 126
mount -t proc proc /all/proc
mount -t sysfs sys /all/sys
mount -t devtmpfs dev /all/dev
mkdir -p /all/dev/pts /all/dev/shm
mount -t devpts devpts /all/dev/pts
mount -t tmpfs shm /all/dev/shm
mount -t tmpfs run /all/run

ip link set lo up
ip link add dev vcan0 type vcan && ip link set vcan0 up
echo '0 2147483647' >/proc/sys/net/ipv4/ping_group_range
hostname vm

cp /command /all/run/command
# Not a terminal: the programs write to a pipe.
mkfifo /output
cat /output >/dev/ttyS0 &
chroot /all /bin/sh /run/command </dev/null >/output 2>&1
status=$?
wait
finish $status
