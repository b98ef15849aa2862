#!/usr/bin/env bash
# Run the jail's check and the gallery's memory cases with delegated control groups, on any Linux machine.
#
#   sudo apt-get install -y user-mode-linux
#   tools/jail_with_control_groups.sh [pytest's words for -k]
#
# Starts Debian's user-mode Linux on this machine's own files, mounts control groups of version 2 there, delegates one as
# systemd does, and runs in it. Needs what the tests need. That kernel takes page faults slowly: limits of time are long.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
python=${PYTHON:-$root/.venv/bin/python}
words=${1:-allocate or honest}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

cat > "$folder/init" <<INIT
#!/bin/bash
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root
mount -t proc proc /proc; mount -t sysfs sys /sys; mount -t cgroup2 -o nsdelegate none /sys/fs/cgroup
mount -t devtmpfs dev /dev 2> /dev/null; mkdir -p /dev/pts /dev/shm
mount -t devpts devpts /dev/pts; mount -t tmpfs shm /dev/shm; mount -t tmpfs run /run; ip link set lo up
echo "+memory +pids" > /sys/fs/cgroup/cgroup.subtree_control
mkdir /sys/fs/cgroup/unit
"$python" -c "import os; os.setxattr('/sys/fs/cgroup/unit', 'trusted.delegate', b'1')"
echo \$\$ > /sys/fs/cgroup/unit/cgroup.procs
cd "$root"
# Twenty seconds are little for this kernel.
for change in "conftest.py:wall_time_s=20:wall_time_s=150" 'test_gallery.py:"within_s", 60:"within_s", 600'; do
    IFS=: read -r file before after <<< "\$change"
    sed "s/\$before/\$after/" "tests/gallery/\$file" > "$folder/\$file"
    mount --bind "$folder/\$file" "tests/gallery/\$file"
done
"$python" -c "from databoard.jail import cgroups; print('delegated:', cgroups.delegated())"
"$(dirname "$python")/fab" jail-check
"$python" -m pytest -q -p no:cacheprovider -o timeout=900 tests/gallery -k "$words"
echo "status \$?"
find /sys/fs/cgroup/unit -mindepth 1 -maxdepth 1 -type d -name 'databoard-run-*'
halt -f
INIT
chmod +x "$folder/init"
linux.uml root=/dev/root rootfstype=hostfs rootflags=/ rw mem=6G init="$folder/init" con=null con0=fd:0,fd:1 quiet \
    < /dev/null
