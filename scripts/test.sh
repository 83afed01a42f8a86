test_main() { die "no tests yet"; }
