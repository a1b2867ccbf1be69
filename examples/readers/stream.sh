#!/usr/bin/env bash
# Follows a channel of a hub by server-sent events with curl: bash stream.sh CHANNEL. DOORBELL_URL and DOORBELL_TOKEN say where, and as whom.
set -u
last=0 event=
while true; do
  while IFS= read -r line; do
    case $line in
      'id: '*) last=${line#id: } ;;
      'event: '*) event=${line#event: } ;;
      'data: '*) if [ -z "$event" ]; then echo "${line#data: }"; elif [ "$event" = reset ]; then last=0; fi ;;
      '') event= ;;
      'status: 409') last=0 ;; # The channel was made anew: from its start.
      'status: 40'[013]) echo "$line" >&2; exit 1 ;;
    esac
  done < <(curl -sN --fail -w 'status: %{http_code}\n' -H "Authorization: Bearer $DOORBELL_TOKEN" -H 'Accept: text/event-stream' \
    "$DOORBELL_URL/v1/channels/$1/events?maxvid=$last")
  sleep 1 # The connection broke. `last` says where to go on: nothing is lost.
done
