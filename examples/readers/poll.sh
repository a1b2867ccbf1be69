#!/usr/bin/env bash
# Follows a channel by long polling with curl and jq: bash poll.sh CHANNEL. DOORBELL_URL and DOORBELL_TOKEN say where, and as whom.
set -u
place=maxvid=0
while true; do
  asked=$SECONDS
  answer=$(curl -sS --max-time 40 -w '\n%{http_code}' -H "Authorization: Bearer $DOORBELL_TOKEN" \
    "$DOORBELL_URL/v1/channels/$1/events?$place") || { sleep 5; continue; } # The same place again: nothing is lost.
  body=${answer%$'\n'*}
  case ${answer##*$'\n'} in
    200)
      next=$(jq -er 'if (.events | type) == "array" and (.maxvid | type) == "number"
        then "maxvid=\(.maxvid)" + if .epoch then "&epoch=\(.epoch)" else "" end else error("no answer") end' <<< "$body") || { sleep 5; continue; }
      events=$(jq -c '.events[]' <<< "$body")
      [ -z "$events" ] || echo "$events"
      if [ -z "$events" -o "$next" = "$place" ] && [ "$SECONDS" -le $((asked + 1)) ]; then sleep 1; fi # It was not held.
      place=$next ;;
    409) place=maxvid=0; sleep 1 ;; # The channel was made anew: from its start.
    400 | 401 | 403) echo "$body" >&2; exit 1 ;;
    *) sleep 5 ;;
  esac
done
