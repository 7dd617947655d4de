#!/bin/sh
# As a stage that compiles: makes a program, then runs its test.
set -e
mkdir /tmp/build
cd /tmp/build
printf 'int main(void) { return 0; }\n' >tea.c
printf 'tea: tea.c\n\tcc -O2 -o $@ $<\ncheck: tea\n\t./tea\n' >Makefile
make tea
make check
