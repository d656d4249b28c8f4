package where

import (
	"math"
	"math/big"
	"strconv"
	"strings"
)

// isNumeric is JavaScript's !isNaN(Number(text)).
func isNumeric(text string) bool { return !math.IsNaN(numberOf(text)) }

// jsSpace is the white space that JavaScript trims (ECMA-262, StrWhiteSpaceChar).
const jsSpace = "\t\n\v\f\r \u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a" +
	"\u2028\u2029\u202f\u205f\u3000\ufeff"

// numberOf is JavaScript's Number of a text (ECMA-262, StringToNumber): NaN when
// it is none.
func numberOf(text string) float64 {
	text = strings.Trim(text, jsSpace)
	if text == "" {
		return 0
	}
	if len(text) > 2 && text[0] == '0' {
		switch text[1] {
		case 'x', 'X':
			return wholeOf(text[2:], 16)
		case 'o', 'O':
			return wholeOf(text[2:], 8)
		case 'b', 'B':
			return wholeOf(text[2:], 2)
		}
	}
	switch strings.TrimLeft(text, "+-") {
	case "Infinity":
		if len(text) > len("Infinity")+1 {
			return math.NaN()
		}
		if text[0] == '-' {
			return math.Inf(-1)
		}
		return math.Inf(1)
	}
	if !isDecimal(text) {
		return math.NaN()
	}
	return parse(text)
}

// parse reads a decimal; what is beyond a double is infinite, as in JavaScript.
func parse(decimal string) float64 {
	n, _ := strconv.ParseFloat(decimal, 64)
	return n
}

// wholeOf reads digits without a sign, rounded to a double.
func wholeOf(digits string, base int) float64 {
	n, ok := new(big.Int).SetString(digits, base)
	if !ok || digits[0] == '+' || digits[0] == '-' {
		return math.NaN()
	}
	f, _ := n.Float64()
	return f
}

// isDecimal reports whether text is [+-] digits [. digits] or . digits, with an
// exponent or without: "4.", ".5" and "+4e1" too.
func isDecimal(text string) bool {
	rest := text
	if rest[0] == '+' || rest[0] == '-' {
		rest = rest[1:]
	}
	whole := digits(rest)
	rest = rest[whole:]
	fraction := 0
	if strings.HasPrefix(rest, ".") {
		fraction = digits(rest[1:])
		rest = rest[1+fraction:]
	}
	if whole+fraction == 0 {
		return false
	}
	if rest != "" && (rest[0] == 'e' || rest[0] == 'E') {
		rest = rest[1:]
		if rest != "" && (rest[0] == '+' || rest[0] == '-') {
			rest = rest[1:]
		}
		n := digits(rest)
		return n > 0 && n == len(rest)
	}
	return rest == ""
}

// digits counts the digits at the start of text.
func digits(text string) int {
	n := 0
	for n < len(text) && text[n] >= '0' && text[n] <= '9' {
		n++
	}
	return n
}

// format prints a double as JavaScript does (ECMA-262, Number::toString).
func format(n float64) string {
	switch {
	case n == 0: // also -0
		return "0"
	case math.IsInf(n, 1):
		return "Infinity"
	case math.IsInf(n, -1):
		return "-Infinity"
	case math.IsNaN(n):
		return "NaN"
	}
	if size := math.Abs(n); size >= 1e-6 && size < 1e21 {
		return strconv.FormatFloat(n, 'f', -1, 64)
	}
	text := strconv.FormatFloat(n, 'e', -1, 64)
	mantissa, exponent, _ := strings.Cut(text, "e")
	sign := exponent[:1] // always there
	return mantissa + "e" + sign + strings.TrimLeft(exponent[1:], "0")
}
