#!/bin/sh
# corpora.sh SOURCE NAME: the folders that the fuzz target NAME begins with: its own seeds, and the golden data that fits it.
echo "$1/tests/fuzz/corpus/$2"
case $2 in
clixml | clixml_* | payload | render) echo "$1/fixtures/clixml" ;;
show_psrp) echo "$1/fixtures/psrp" ;;
esac
