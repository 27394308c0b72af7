#!/bin/sh
# Makes the file system of the image: Node.js, the libraries that it needs, and Countersign. No shell, no package manager.
#
#   root-files.sh FOLDER NODE PACKAGE
#
# FOLDER is made. NODE is the program, PACKAGE the unpacked npm package. Needs Debian or a relative, with package lists.
set -eu
root=$1 node=$2 package=$3

packages=$(mktemp -d)
trap 'rm -rf "$packages"' EXIT
chmod 755 "$packages"
(cd "$packages" && apt-get download -q libc6 libgcc-s1 libstdc++6 ca-certificates tzdata > /dev/null)
mkdir -p "$root"
for file in "$packages"/*.deb; do dpkg-deb --extract "$file" "$root"; done

# Debian's links to /usr, so that the loader is found at /lib64 and /lib.
for name in lib lib64 bin sbin; do
  if [ -d "$root/$name" ] && [ ! -L "$root/$name" ]; then
    mkdir -p "$root/usr/$name"
    cp -a "$root/$name/." "$root/usr/$name/"
    rm -rf "${root:?}/$name"
  fi
  if [ -d "$root/usr/$name" ] && [ ! -e "$root/$name" ]; then ln -s "usr/$name" "$root/$name"; fi
done

mkdir -p "$root/etc/ssl/certs" "$root/usr/local/bin" "$root/opt/countersign" "$root/tmp"
cat "$root"/usr/share/ca-certificates/mozilla/*.crt > "$root/etc/ssl/certs/ca-certificates.crt"
# Character sets, documentation and administration that nothing here uses.
rm -rf "$root"/usr/lib/*/gconv "$root"/usr/share/doc "$root"/usr/share/lintian "$root"/usr/share/man "$root"/usr/share/ca-certificates \
  "$root"/usr/share/zoneinfo/right "$root"/usr/share/zoneinfo/posix "$root"/usr/bin "$root"/usr/sbin "$root"/bin "$root"/sbin \
  "$root"/usr/share/bug "$root"/usr/share/gdb

install -m 755 "$node" "$root/usr/local/bin/node"
cp -R "$package/." "$root/opt/countersign/"
chmod -R u=rwX,go=rX "$root/opt/countersign"
# `env`, which the package's own program begins with, is not there.
cat > "$root/usr/local/bin/countersign" << 'END'
#!/usr/local/bin/node
import('/opt/countersign/bin/countersign.js')
END
chmod 755 "$root/usr/local/bin/countersign"

echo 'root:x:0:0:root:/:/nonexistent
countersign:x:10001:10001:Countersign:/data:/nonexistent' > "$root/etc/passwd"
echo 'root:x:0:
countersign:x:10001:' > "$root/etc/group"
echo 'hosts: files dns' > "$root/etc/nsswitch.conf"
chmod 1777 "$root/tmp"
