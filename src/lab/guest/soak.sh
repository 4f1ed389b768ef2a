#!/bin/sh
# soak.sh SECONDS ROUNDS PROGRAM...: all programs again and again; every second time with readers of more
# than their group may keep, and with a task that is killed for its memory. At the end the module goes
# and comes under that load. What is said goes the same way as what programs say.
seconds=$1 rounds=$2
shift 2
now() { cut -d . -f 1 /proc/uptime; }
end=$(($(now) + seconds)) pass=0 kills=0
L=/sys/module/luf/parameters
press() {
  walk /data/walk 96 2 "$1" 48 &
  walker=$!
  hog 64 24 > /dev/null 2>&1
  # Killed by signal 9: that is what was wanted.
  [ $? = 137 ] && kills=$((kills + 1))
}
while [ "$(now)" -lt "$end" ]; do
  [ $((pass % 2)) = 1 ] && press 15
  for program in "$@"; do
    [ "$(now)" -lt "$end" ] || break
    [ -e "/prepare/$program.sh" ] && sh "/prepare/$program.sh" > /dev/null 2>&1
    "litmus-$program" "/data/$program" "$rounds" || echo "litmus-failed $program"
  done
  [ $((pass % 2)) = 1 ] && wait $walker
  pass=$((pass + 1))
done
sed 's/^/before-reload /' /sys/kernel/debug/luf/counters
for file in "$L"/*; do
  [ -w "$file" ] && echo "${file##*/} $(cat "$file")"
done > /tmp/soaked
reloads=0
# Before 8.1 QEMU lets an emulated CPU go on with kernel code that another one has just changed: there
# nobody else runs while it is changed, and everything they have mapped, owe and hold is there still.
qemu=$(sed -n 's/^pc-[a-z0-9]*-\([0-9]*\)\.\([0-9]*\)$/\1 \2/p' /sys/class/dmi/id/product_version)
safe=
case "$qemu" in "8 "[1-9]*|"9 "*|[1-9][0-9]*) safe=1 ;; esac
alone() {
  [ -n "$safe" ] || kill -STOP "$walker"
  "$@"
  result=$?
  [ -n "$safe" ] || kill -CONT "$walker"
  return $result
}
press 20
while [ $reloads -lt 3 ]; do
  sleep 2
  if ! { alone rmmod luf && sleep 1 && alone insmod /luf.ko; }; then
    echo "run-failed the module does not go and come under load"
    break
  fi
  while read -r name value; do echo "$value" > "$L/$name"; done < /tmp/soaked
  reloads=$((reloads + 1))
done
wait $walker
echo "soaked passes=$pass kills=$kills reloads=$reloads"
