"""What a delivery costs, here and elsewhere: `make bench`. Never a test: a shared machine passes no verdict."""
