#!/bin/sh
# Compiles the CNI executables calico and calico-ipam into OUTPUT_DIR.
# Exit status 3: there is no C compiler; use the Java client, calico.cni.CniClient, instead.
set -eu
out=${1:?usage: build-shim.sh OUTPUT_DIR}
source=$(dirname "$0")/src/main/c/cni.c
compiler=
for candidate in "${CC:-}" cc gcc clang; do
    if [ -n "$candidate" ] && command -v "$candidate" >/dev/null 2>&1; then
        compiler=$candidate
        break
    fi
done
if [ -z "$compiler" ]; then
    echo "build-shim.sh: no C compiler (cc, gcc, clang or \$CC)" >&2
    exit 3
fi
mkdir -p "$out"
flags='-std=gnu11 -O2 -Wall -Wextra -Werror'
# Static where the static C library is installed: then it runs on any Linux of this architecture.
"$compiler" $flags -static -o "$out/calico" "$source" 2>/dev/null ||
    "$compiler" $flags -o "$out/calico" "$source"
cp "$out/calico" "$out/calico-ipam"
