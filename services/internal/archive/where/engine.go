package where

// What the two databases say differently about values.

// double is a number as JavaScript has it.
func (c *compiler) double(f fragment) fragment {
	if c.dialect.Postgres {
		return piece("CAST(", f, " AS double precision)")
	}
	return piece("CAST(", f, " AS real)")
}

// finite guards a comparison of a number of the JSON. PostgreSQL keeps numbers
// that are no doubles and fails to make one; it prints them without an exponent.
func (c *compiler) finite(at cell, compared fragment) expr {
	if at.column || !c.dialect.Postgres {
		return expr{fragment: compared}
	}
	return expr{open: true, fragment: piece("CASE WHEN octet_length(", at.text, ") < 300 THEN ", compared, " END")}
}

// remainder is whether a number leaves a remainder; open unless doubles tell it
// from the integers beside it.
func (c *compiler) remainder(at cell, divisor, remainder int64) expr {
	n, whole, left := at.number, "CAST(", piece("CAST(", at.number, " AS integer) % ", at.bind(divisor))
	if c.dialect.Postgres {
		n = piece("CAST(", at.text, " AS numeric)")
		if at.column {
			n = piece("CAST(", at.number, " AS numeric)")
		}
		left = piece("mod(", n, ", CAST(", at.bind(divisor), " AS bigint))")
		whole = "trunc("
	}
	cut := piece(whole, n, ")")
	if !c.dialect.Postgres {
		cut = piece(whole, n, " AS integer)")
	}
	return expr{open: true, fragment: piece("CASE WHEN abs(", n, ") < 9007199254740992 AND ", n, " = ", cut,
		" THEN ", left, " = CAST(", at.bind(remainder), " AS bigint) END")}
}

// contains is whether text has a needle of ASCII in lower case, when the text is
// ASCII itself.
func (c *compiler) contains(at cell, needle string) expr {
	if c.dialect.Postgres {
		return expr{fragment: piece(`strpos(lower(`, at.text, ` COLLATE "C"), `, at.bind(needle), ") > 0")}
	}
	return expr{fragment: piece("instr(lower(", at.text, "), ", at.bind(needle), ") > 0")}
}

// onlyASCII is whether text has as many bytes as characters.
func (c *compiler) onlyASCII(text fragment) fragment {
	if c.dialect.Postgres {
		return piece("octet_length(", text, ") = char_length(", text, ")")
	}
	return piece("length(", text, ") = length(CAST(", text, " AS blob))")
}
