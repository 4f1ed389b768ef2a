#!/bin/busybox sh
# The first and only process tree of the lab's guest: runs /plan, leaves what happened on the second
# disk, and powers off. Lines of /plan:
#
#   experiment ID       begins one; what follows is of it
#   set PARAMETER VALUE a parameter of the module, before anything runs
#   record              the recorder runs meanwhile
#   litmus NAME ROUNDS [stays]
#                       a program to run; reclaim left out
#   run COMMAND...      any other
#   soak SECONDS ROUNDS PROGRAM...
#   end                 runs it
/bin/busybox --install -s /bin
export PATH=/bin
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
mount -t debugfs debug /sys/kernel/debug
mount -t tracefs trace /sys/kernel/tracing
mount -t cgroup2 group /sys/fs/cgroup
mkdir -p /out /data
echo +memory > /sys/fs/cgroup/cgroup.subtree_control
mkdir /sys/fs/cgroup/litmus
[ -e /sys/kernel/mm/lru_gen/enabled ] && echo n > /sys/kernel/mm/lru_gen/enabled
echo 0 > /proc/sys/kernel/randomize_va_space
# What the kernel does in the background stays off the reader's CPU: who runs there flushes it.
echo 1 > /sys/devices/virtual/workqueue/cpumask

say() { echo "$*" >> /out/results; echo "lab: $*"; }
L=/sys/module/luf/parameters

finish() {
  dmesg > /out/dmesg
  say "done"
  umount /data /out
  sync
  poweroff -f
}

# Which of the two is nvme0 is not always the same: they are found side by side.
disk() {
  for one in /sys/block/nvme*; do
    [ "$(tr -d ' ' < "$one/device/serial")" = "$1" ] && echo "/dev/${one##*/}"
  done
}
mount -t ext4 "$(disk out)" /out
say "kernel $(uname -r)"
mount -t ext4 "$(disk data)" /data || { say "failed no data disk"; finish; }
insmod /luf.ko timer_ms=0 || { say "failed luf.ko cannot be loaded"; finish; }
# Every experiment begins from what the module was loaded with.
for file in "$L"/*; do
  [ -w "$file" ] && echo "${file##*/} $(cat "$file")"
done > /tmp/defaults

while read -r verb rest; do
  case "$verb" in
    experiment) id=$rest; rm -f /tmp/record; cp /tmp/defaults /tmp/settings; : > /tmp/commands; say "experiment $id" ;;
    set) echo "$rest" >> /tmp/settings ;;
    record) : > /tmp/record ;;
    litmus|run|soak) echo "$verb $rest" >> /tmp/commands ;;
    end) sh /experiment.sh "$id" < /dev/null; sync ;;
  esac
done < /plan
echo 1 > /sys/kernel/debug/luf/pay
if rmmod luf; then say "unloaded"; else say "failed luf.ko cannot be unloaded"; fi
finish
