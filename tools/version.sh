#!/bin/sh
# Prints the version, which the header says.
cd "$(dirname "$0")/.." || exit 1
sed -n 's/^#define RESEAL_VERSION "\(.*\)"$/\1/p' csrc/include/reseal.h
