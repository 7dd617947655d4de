#!/bin/sh
# A shop of the last century: takes an order from its standard input, counts, and answers.
order=$(head -c "${CONTENT_LENGTH:-0}")
items=$(echo "$order" | tr '&' '\n' | grep -c = || true)
printf 'Content-Type: text/plain\r\n\r\n'
echo "$(date -u +%F): $items fields from $REMOTE_ADDR"
