#!/bin/sh
# From a bare Debian 12 or newer to a running site, as root, from a git checkout of databoard:
#
#   tools/deploy_databoard.sh challenge.example.org
#
# It may be run again: each step leaves alone what is there. docs/deploy.md does the same by hand and says why.
# Variables: DEPLOY_PATH (/srv/databoard), DEPLOY_USER (databoard), DEPLOY_WORKERS (2), DEPLOY_TAG (what is checked out),
# DEPLOY_CERTIFICATE (self-signed, or certbot), DEPLOY_SYSTEMD (yes; no starts the services in the background instead).
set -eu

domain=${1:?"Name the domain: tools/deploy_databoard.sh challenge.example.org"}
path=${DEPLOY_PATH:-/srv/databoard}
user=${DEPLOY_USER:-databoard}
workers=${DEPLOY_WORKERS:-2}
certificate=${DEPLOY_CERTIFICATE:-self-signed}
systemd=${DEPLOY_SYSTEMD:-yes}
here=$(cd "$(dirname "$0")/.." && pwd)
checkout=$path/checkout
settings=$path/shared/databoard.env
targets=$path/databoard.ini

say() { printf '\n== %s\n' "$*"; }
as_user() { runuser -u "$user" -- env HOME="$path" DATABOARD_TARGETS="$targets" DATABOARD_HOME="$checkout/var" "$@"; }
fab() { (cd "$checkout" && as_user .venv/bin/python -m fabric "$@"); }

[ "$(id -u)" = 0 ] || { echo "Run it as root." >&2; exit 1; }

say "Packages"
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
apt-get install -y -qq python3 python3-venv make git rsync bubblewrap postgresql nginx openssl ca-certificates cron

say "The user $user, who owns $path and no password"
id "$user" >/dev/null 2>&1 || adduser --system --group --home "$path" --shell /bin/sh "$user" >/dev/null
install -d -o "$user" -g "$user" -m 755 "$path"
install -d -o "$user" -g "$user" -m 700 "$path/shared"

say "A checkout that releases are published from"
# As root, who may read where this script lies; its user owns the copy.
git="git -c safe.directory=*"
[ -d "$checkout/.git" ] || $git clone --quiet --no-hardlinks "$here" "$checkout"
$git -C "$checkout" fetch --quiet --tags "$here" "+HEAD:refs/heads/deployed"
$git -C "$checkout" checkout --quiet --detach deployed
chown -R "$user:$user" "$checkout"
(cd "$checkout" && as_user make --no-print-directory setup)

say "Settings"
if [ ! -e "$settings" ]; then
    (umask 077 && cat > "$settings" <<END
# Settings of this server; docs/settings.md lists them all.
DATABOARD_ENV=production
DATABOARD_HOME=$path/shared/home
DATABOARD_PROBLEMS=$path/shared/problems
DATABOARD_SECRET_KEY=$(head -c 32 /dev/urandom | od -An -tx1 | tr -d ' \n')
DATABOARD_HOSTS=$domain
DATABOARD_HOST=127.0.0.1
DATABOARD_PORT=8080
DATABOARD_PROXIES=1
END
    )
    chown "$user:$user" "$settings"
fi

say "PostgreSQL"
pg_isready -q || service postgresql start || true
(cd "$checkout" && .venv/bin/python -m fabric "setup_postgres:env_file=$settings")


say "The release"
write_targets() {
    printf '[target:production]\npath = %s\npython = /usr/bin/python3\nservices = %s\nready_s = 120\n' "$path" "$1" > "$targets"
    chmod 644 "$targets"
}
[ -e "$targets" ] || write_targets none
[ "$systemd" = yes ] || write_targets keeper
fab "publish_software:target=production${DEPLOY_TAG:+,tag=$DEPLOY_TAG}"

say "Certificate"
certificates=/etc/ssl/databoard
mkdir -p "$certificates" /var/www/databoard
if [ ! -e "$certificates/$domain.pem" ]; then
    # Good for trying the site. docs/deploy.md tells how certbot replaces it.
    (umask 077 && openssl req -x509 -newkey rsa:2048 -nodes -days 90 -subj "/CN=$domain" \
        -addext "subjectAltName=DNS:$domain" -keyout "$certificates/$domain.key" -out "$certificates/$domain.pem" 2>/dev/null)
fi

say "Services"
words="domain=$domain,user=$user,path=$path,workers=$workers"
if [ "$systemd" = yes ]; then
    (cd "$path/current" && DATABOARD_ENV_FILE="$settings" .venv/bin/python -m fabric "install_services:$words,yes=True")
    write_targets keeper
else
    (cd "$checkout" && DATABOARD_HOME="$checkout/var" .venv/bin/python -m fabric "install_services:$words,folder=$path/services")
    install -m 644 "$path/services/databoard-nginx.conf" /etc/nginx/sites-available/databoard.conf
    install -m 644 "$path/services/maintenance.html" /var/www/databoard/maintenance.html
fi
ln -sf ../sites-available/databoard.conf /etc/nginx/sites-enabled/databoard.conf
rm -f /etc/nginx/sites-enabled/default
nginx -t -q
nginx -s reload 2>/dev/null || service nginx start

if [ "$certificate" = certbot ]; then
    say "A certificate of Let's Encrypt"
    apt-get install -y -qq certbot
    # The hook runs now and after each renewal.
    certbot certonly --webroot -w /var/www/databoard -d "$domain" --non-interactive --agree-tos \
        --register-unsafely-without-email --deploy-hook "install -m 600 \$RENEWED_LINEAGE/privkey.pem $certificates/$domain.key \
        && install -m 644 \$RENEWED_LINEAGE/fullchain.pem $certificates/$domain.pem && nginx -s reload"
fi

say "Done: https://$domain/"
cat <<END
Next, as $user in $checkout (docs/deploy.md, "Open an event"):
  fab create_user:olga,-,Organiser,Olga,olga@example.org,admin,target=production
  fab publish_problem:iris,target=production
  fab add_event:iris_test,target=production
END
