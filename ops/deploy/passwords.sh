#!/bin/sh
# A password for each user of the store that has none yet, into the file .env here, which docker-compose reads.
set -eu
umask 077
touch .env
chmod 600 .env
[ -z "$(tail -c 1 .env)" ] || echo >>.env
for user in UPSTREAM WORKER NOTIFIER BOARD BROKER OPERATOR; do
    variable=VALKEY_${user}_PASSWORD
    grep -q "^$variable=." .env ||
        echo "$variable=$(od -An -N24 -tx1 /dev/urandom | tr -d ' \n')" >>.env
done
