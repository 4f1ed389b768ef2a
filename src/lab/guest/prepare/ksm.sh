#!/bin/sh
# Somewhere to swap to, on the disk of the programs.
[ -e /data/swap ] && exit 0
dd if=/dev/zero of=/data/swap bs=1M count=32 2> /dev/null && chmod 600 /data/swap && mkswap /data/swap > /dev/null
