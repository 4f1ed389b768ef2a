// The part of the recorder's script that is the same for every kernel. See script.ts.

export const BODY = String.raw`
usage() {
  cat <<'TEXT'
Usage: sh SCRIPT [-o FILE] [-b KILOBYTES] [-t SECONDS] [--] [COMMAND...]
Records while COMMAND runs, or for SECONDS, or until Ctrl-C; then judge FILE with lufcheck trace.
  -o FILE       the recording to write (default: lufcheck-RELEASE.dat)
  -b KILOBYTES  ring buffer of each CPU; when it is full the oldest records go first
  -t SECONDS    how long to record
INT, TERM or HUP end COMMAND or the waiting; what was recorded until then is written all the same.
Exit codes: 0 FILE is written, whatever became of COMMAND (its status is in FILE); 2 it cannot record;
128 and the signal's number: interrupted before anything was recorded. tracefs is restored in any case.
TEXT
}
note() { echo "lufcheck-record: $*" >&2; }
fail() { note "$*"; exit 2; }

out="lufcheck-$(uname -r).dat"
seconds=
while [ $# -gt 0 ]; do
  case "$1" in
    -o) out=$2; shift 2 || fail "-o needs a file" ;;
    -b) BUFFER_KB=$2; shift 2 || fail "-b needs kilobytes" ;;
    -t) seconds=$2; shift 2 || fail "-t needs seconds" ;;
    -h|--help) usage; exit 0 ;;
    --) shift; break ;;
    -*) usage >&2; exit 2 ;;
    *) break ;;
  esac
done
case "$BUFFER_KB" in ''|*[!0-9]*) fail "-b $BUFFER_KB is no number of kilobytes" ;; esac
case "$seconds" in *[!0-9]*) fail "-t $seconds is no number of seconds" ;; esac

[ "$(id -u)" = 0 ] || fail "must run as root"
[ "$(uname -m)" = x86_64 ] || fail "made for x86_64, this is $(uname -m)"
[ -r /sys/kernel/btf/vmlinux ] || fail "cannot read /sys/kernel/btf/vmlinux: is this the kernel it was made for?"
found=$(sha256sum < /sys/kernel/btf/vmlinux | cut -d ' ' -f 1)
[ "$found" = "$BTF_SHA256" ] || fail "made for another kernel (SHA-256 of its BTF $BTF_SHA256, here $found): print it again with --btf"
: > "$out" || fail "cannot write $out"

T=
for dir in /sys/kernel/tracing /sys/kernel/debug/tracing; do
  [ -e "$dir/dynamic_events" ] && T=$dir && break
done
mounted=
if [ -z "$T" ]; then
  T=/sys/kernel/tracing
  mount -t tracefs tracefs "$T" && mounted=$T
  [ -e "$T/dynamic_events" ] || fail "no tracefs with dynamic_events (CONFIG_KPROBE_EVENTS; Secure Boot lockdown?)"
fi
[ -e "$T/events/$GROUP" ] && fail "events of group $GROUP exist already: remove them first ($T/dynamic_events)"

I="$T/instances/lufcheck-$$"
tmp=$(mktemp -d "$(dirname "$out")/.lufcheck.XXXXXX") || fail "cannot make a directory for temporary files beside $out"
cmdlines=
reader=

restore() {
  trap '' INT TERM HUP PIPE
  [ -n "$reader" ] && kill -9 "$reader" 2>/dev/null && wait "$reader" 2>/dev/null
  if [ -d "$I" ]; then
    echo 0 > "$I/tracing_on" 2>/dev/null
    echo 0 > "$I/events/enable" 2>/dev/null
  fi
  if [ -d "$T/events/$GROUP" ]; then
    for event in "$T/events/$GROUP"/*/; do
      event=${'$'}{event%/}
      echo "-:$GROUP/${'$'}{event##*/}" >> "$T/dynamic_events" 2>/dev/null
    done
  fi
  [ -d "$I" ] && rmdir "$I"
  [ -n "$cmdlines" ] && echo "$cmdlines" > "$T/saved_cmdlines_size" 2>/dev/null
  [ -n "$mounted" ] && umount "$mounted" 2>/dev/null
  rm -rf "$tmp"
}
trap restore EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

mkdir "$I" || fail "cannot make an instance in $T/instances"
echo 0 > "$I/tracing_on"
echo mono > "$I/trace_clock" || fail "the clock mono is missing"
echo "$BUFFER_KB" > "$I/buffer_size_kb" || fail "no memory for $BUFFER_KB kB of buffer on each CPU: give less with -b"
[ -e "$T/saved_cmdlines_size" ] && cmdlines=$(cat "$T/saved_cmdlines_size")
case "$cmdlines" in ''|*[!0-9]*) cmdlines= ;; esac
[ -n "$cmdlines" ] && [ "$cmdlines" -lt 4096 ] && echo 4096 > "$T/saved_cmdlines_size"

meta() { printf '%s\n' "$*" >> "$tmp/meta"; }
meta "version=$VERSION"
meta "profile=$PROFILE"
meta "style=$STYLE"
meta "release=$(uname -r)"
meta "cpus=$(cat /sys/devices/system/cpu/online)"
meta "possible=$(cat /sys/devices/system/cpu/possible)"
grep -q '^flags.* pcid' /proc/cpuinfo && meta 'pcid=1'
grep -q '^flags.* invlpgb' /proc/cpuinfo && meta 'invlpgb=1'

# The value of a variable of the kernel: recorded once, by a probe on a function that this script itself calls.
variable() {
  printf 'p:%s/variable vfs_write v=@%s:x64\n' "$GROUP" "$1" >> "$T/dynamic_events" 2>/dev/null || return
  echo 1 > "$I/events/$GROUP/variable/enable"
  echo 1 > "$I/tracing_on"
  echo > /dev/null
  echo 0 > "$I/tracing_on"
  echo 0 > "$I/events/$GROUP/variable/enable"
  value=$(sed -n 's/.* v=\(0x[0-9a-f]*\).*/\1/p' "$I/trace" | head -n 1)
  echo > "$I/trace"
  printf -- '-:%s/variable\n' "$GROUP" >> "$T/dynamic_events"
  [ -n "$value" ] && meta "$1=$value"
}
variable vmemmap_base
variable tlb_single_page_flush_ceiling

refused() {
  meta "refused=$1"
  if [ -n "$2" ]; then note "$1 cannot be recorded; not judged without it: $2"
  else note "$1 cannot be recorded (no rule needs it)"; fi
}
: > "$tmp/events"
probes > "$tmp/probes"
while IFS='|' read -r event rules line; do
  if printf '%s\n' "$line" >> "$T/dynamic_events" 2>/dev/null && [ -d "$I/events/$GROUP/$event" ]; then
    echo "$GROUP/$event" >> "$tmp/events"
  else
    refused "$event" "$rules"
  fi
done < "$tmp/probes"
tracepoints > "$tmp/points"
while IFS='|' read -r event rules; do
  if [ -d "$I/events/$event" ]; then echo "$event" >> "$tmp/events"; else refused "$event" "$rules"; fi
done < "$tmp/points"
while read -r event; do
  if echo 1 > "$I/events/$event/enable"; then meta "event=$event"; else refused "$event" ''; fi
done < "$tmp/events"

echo 1 > "$I/tracing_on"
status=0
if [ $# -gt 0 ]; then
  # In the background, so that a signal is noticed at once; there it ignores INT, and is sent TERM instead.
  if ( : <&0 ) 2>/dev/null; then exec 3<&0; else exec 3</dev/null; fi
  "$@" <&3 3<&- &
  command=$!
  trap 'interrupted=1; kill "$command" 2>/dev/null' INT TERM HUP
  interrupted=1
  while [ -n "$interrupted" ]; do
    before=$status interrupted=
    wait "$command"
    status=$?
  done
  # A signal ends the waiting too. If the command had ended by then, nothing was left to wait for.
  [ "$status" = 127 ] && [ "$before" != 0 ] && status=$before
else
  [ -n "$seconds" ] || note "recording until Ctrl-C"
  waiting=1
  trap 'waiting=' INT TERM HUP
  while [ -n "$waiting" ] && [ "$seconds" != 0 ]; do
    sleep 1
    [ -n "$seconds" ] && seconds=$((seconds - 1))
  done
fi
echo 0 > "$I/tracing_on"
trap '' INT TERM HUP
meta "status=$status"
[ "$status" = 0 ] || note "the command ended with status $status"

# Loss: probes that were missed, records that were overwritten.
while read -r event hits missed rest; do
  grep -q "^$GROUP/$event\$" "$tmp/events" && meta "probe=$event $hits $missed"
done < "$T/kprobe_profile"
echo 0 > "$I/events/enable"

# The raw buffer of a CPU, to the last record: reading blocks when nothing is left.
left() { sed -n 's/^entries: //p' "$1/stats"; }
cpus=0
for dir in "$I/per_cpu"/cpu*; do
  cpu=${'$'}{dir##*/cpu}
  [ "$cpu" -ge "$cpus" ] && cpus=$((cpu + 1))
  { echo "CPU: $cpu"; cat "$dir/stats"; } > "$tmp/stats$cpu"
  : > "$tmp/raw$cpu"
  [ "$(left "$dir")" = 0 ] && continue
  dd if="$dir/trace_pipe_raw" of="$tmp/raw$cpu" bs=4096 2>/dev/null &
  reader=$!
  while [ "$(left "$dir")" != 0 ] && kill -0 "$reader" 2>/dev/null; do sleep 1; done
  size=-1
  while [ "$size" != "$(($(wc -c < "$tmp/raw$cpu")))" ]; do
    size=$(($(wc -c < "$tmp/raw$cpu")))
    sleep 1
  done
  # It has inherited that INT and TERM are ignored.
  kill -9 "$reader" 2>/dev/null
  wait "$reader" 2>/dev/null
  reader=
done

# trace.dat, version 6 (trace-cmd.dat.v6.5): little-endian numbers, then texts, then pages.
le() {
  text= value=$2 n=$1
  while [ "$n" -gt 0 ]; do
    text="$text\\$(printf %03o $((value & 255)))"
    value=$((value >> 8)) n=$((n - 1))
  done
  printf "$text"
}
size() { echo $(($(wc -c < "$1"))); }
# Files of tracefs have no size until they are read.
copied() { cat "$1" > "$tmp/copy"; le 8 "$(size "$tmp/copy")"; cat "$tmp/copy"; }
option() { le 2 "$1"; le 4 "$(size "$2")"; cat "$2"; }
formats() {
  le 4 "$(grep -c "^$1/" "$tmp/events")"
  grep "^$1/" "$tmp/events" | while read -r event; do copied "$I/events/$event/format"; done
}
page=4096
{
  printf '\027\010\104tracing6\000\000\010'
  le 4 $page
  printf 'header_page\000'; copied "$T/events/header_page"
  printf 'header_event\000'; copied "$T/events/header_event"
  le 4 0
  systems=$(cut -d / -f 1 "$tmp/events" | sort -u)
  le 4 "$(echo "$systems" | wc -l)"
  for system in $systems; do printf '%s\000' "$system"; formats "$system"; done
  le 4 0
  le 4 0
  copied "$T/saved_cmdlines"
  le 4 $cpus
  printf 'options  \000'
  cat "$I/trace_clock" > "$tmp/clock"
  option 4 "$tmp/clock"
  printf 'Linux target %s x86_64\000' "$(uname -r)" > "$tmp/uname"
  option 5 "$tmp/uname"
  for file in "$tmp"/stats*; do option 2 "$file"; done
  option $OPTION "$tmp/meta"
  le 2 0
  printf 'flyrecord\000'
} > "$tmp/head"
at=$(($(size "$tmp/head") + cpus * 16 + 8 + $(size "$tmp/clock")))
pad=$(((page - at % page) % page))
at=$((at + pad))
{
  cat "$tmp/head"
  cpu=0
  while [ $cpu -lt $cpus ]; do
    bytes=0
    [ -e "$tmp/raw$cpu" ] && bytes=$(size "$tmp/raw$cpu")
    if [ "$bytes" = 0 ]; then le 8 0; else le 8 $at; fi
    le 8 "$bytes"
    at=$((at + bytes)) cpu=$((cpu + 1))
  done
  le 8 "$(size "$tmp/clock")"
  cat "$tmp/clock"
  dd if=/dev/zero bs=1 count=$pad 2>/dev/null
  cpu=0
  while [ $cpu -lt $cpus ]; do
    [ -e "$tmp/raw$cpu" ] && cat "$tmp/raw$cpu"
    cpu=$((cpu + 1))
  done
} > "$out" || fail "cannot write $out (disk full?)"
note "$(size "$out") bytes in $out; judge it with: lufcheck trace $out"
`;
