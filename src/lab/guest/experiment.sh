#!/bin/sh
# One experiment: /tmp/settings, /tmp/commands, /tmp/record. Called by init.sh, and by the recorder
# for its commands alone (--commands).
say() { echo "$*" >> /out/results; echo "lab: $*" > /dev/console; }
# What is said is on the console, too: a guest that dies has no time for its disk.
tell() { while read -r line; do say "$line"; done; }
L=/sys/module/luf/parameters
D=/sys/kernel/debug/luf

prepare() {
  [ -e "/prepare/$1.sh" ] || return 0
  why=$(sh "/prepare/$1.sh" 2>&1) || { echo "litmus-failed $1: $why"; return 1; }
}

if [ "$1" = --commands ]; then
  while read -r verb name rest; do
    case "$verb" in
      litmus) { prepare "$name" && "litmus-$name" "/data/$name" $rest 2>&1 || echo "litmus-failed $name"; } | tell ;;
      soak) { sh /soak.sh "$name" $rest 2>&1 || echo "run-failed soak"; } | tell ;;
      run) { "$name" $rest 2>&1 || echo "run-failed $name"; } | tell ;;
    esac
  done < /tmp/commands
  exit 0
fi

ipis() { awk '/^ *TLB:/ { n = 0; for (i = 2; i <= NF && $i ~ /^[0-9]+$/; i++) n += $i; print n }' /proc/interrupts; }

echo 0 > "$L/on"
echo 1 > "$D/pay"
while read -r name value; do
  echo "$value" > "$L/$name" || say "set-failed $name"
done < /tmp/settings
echo 1 > "$D/reset"
before=$(ipis)
began=$(cut -d ' ' -f 1 /proc/uptime)
if [ -e /tmp/record ]; then
  if sh /record.sh -o "/out/$1.dat" -b 16384 -- sh /experiment.sh --commands 2> /tmp/log; then
    say "recorded $1.dat"
  else
    say "record-failed $(tail -n 1 /tmp/log)"
  fi
else
  sh /experiment.sh --commands
fi
say "seconds $began $(cut -d ' ' -f 1 /proc/uptime)"
say "interrupts $before $(ipis)"
sed 's/^/counter /' "$D/counters" | tell
sed 's/^/point /' "$D/points" | tell
echo 1 > "$D/pay"
say "end $1"
