#!/bin/sh
# A server of NFSv4 and its client in one kernel, over the loopback. No mountd answers the kernel's
# questions: what it would ask about the one export is told to it beforehand.
grep -q ' /nfs ' /proc/mounts && exit 0
[ -e /modules ] || { echo "this kernel's packages hold no nfsd and nfsv4"; exit 1; }
for module in /modules/*.ko; do
  insmod "$module" || { echo "cannot load $module"; exit 1; }
done
ifconfig lo 127.0.0.1 up
mkdir -p /var/run
rpcbind || exit 1
mount -t nfsd nfsd /proc/fs/nfsd || exit 1
# The far end of time for a cache of the kernel.
never=2147483647
# Read-write, from any port, root is root, the root of all exports.
flags=$((0x2 + 0x400 + 0x2000))
echo "nfsd 127.0.0.1 $never *" > /proc/net/rpc/auth.unix.ip/channel
echo "* /data $never $flags 65534 65534 0" > /proc/net/rpc/nfsd.export/channel
echo "* 1 \\x00000000 $never /data" > /proc/net/rpc/nfsd.fh/channel
# Only version 4 does without lockd.
echo "-2 -3 +4" > /proc/fs/nfsd/versions 2> /dev/null || echo "-3 +4" > /proc/fs/nfsd/versions
# A server that has just started lets clients of an earlier one come first; there was none.
mkdir -p /var/lib/nfs/v4recovery
echo 10 > /proc/fs/nfsd/nfsv4gracetime
echo 1 > /proc/fs/nfsd/threads || { echo "nfsd does not start"; exit 1; }
echo Y > /proc/fs/nfsd/v4_end_grace 2> /dev/null
# The server stays off the reader's CPU: who has run there has flushed it.
for pid in $(pidof nfsd); do taskset -p 1 "$pid" > /dev/null; done
mkdir -p /nfs
mount -t nfs4 -o addr=127.0.0.1,clientaddr=127.0.0.1,vers=4.2 127.0.0.1:/ /nfs || { echo "NFS cannot be mounted"; exit 1; }
