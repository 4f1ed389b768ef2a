#!/bin/sh
# Somewhere to swap to.
exec sh /prepare/ksm.sh
