package where

import (
	"math"
	"strings"
	"testing"
)

func TestNumberOfText(t *testing.T) {
	nan := math.NaN()
	for text, want := range map[string]float64{
		"": 0, " \n\u00a0\ufeff": 0, "12": 12, " 12 ": 12, "+4": 4, "-4.50": -4.5, ".5": 0.5, "4.": 4, "1e3": 1000, "1E-2": 0.01, "01": 1,
		"0x1F": 31, "0b101": 5, "0O17": 15, "0x20000000000001": 9007199254740992, "0x20000000000003": 9007199254740996,
		"0b" + strings.Repeat("1", 70): 1180591620717411303424, "0o" + strings.Repeat("7", 22): 73786976294838206464,
		"Infinity": math.Inf(1), "+Infinity": math.Inf(1), "-Infinity": math.Inf(-1), "1e400": math.Inf(1),
		"-0x1": nan, "0x": nan, "0x-1": nan, "0x+1": nan, "0x1_0": nan, "0b2": nan, "inf": nan, "--Infinity": nan, "infinity": nan, "NaN": nan, "1_0": nan, "4px": nan, "1e": nan,
		"e1": nan, ".": nan, "+": nan, "1.2.3": nan, "١": nan, "\u0085": nan, "0x1p3": nan, "1 2": nan,
	} {
		if got := numberOf(text); got != want && !(math.IsNaN(got) && math.IsNaN(want)) {
			t.Errorf("Number(%q) is %v, not %v", text, got, want)
		}
	}
}

func TestNumbersPrintAsInJavaScript(t *testing.T) {
	for want, n := range map[string]float64{
		"0": math.Copysign(0, -1), "1": 1, "-1.5": -1.5, "100000000000000000000": 1e20, "1e+21": 1e21, "1.5e+300": 1.5e300,
		"0.000001": 1e-6, "1e-7": 1e-7, "1.234e-10": 1.234e-10, "9007199254740992": 1 << 53, "123456789.125": 123456789.125,
	} {
		if got := format(n); got != want {
			t.Errorf("%v prints as %s, not %s", n, got, want)
		}
	}
}

func TestNumbersInDocuments(t *testing.T) {
	for text, want := range map[string]float64{
		"0": 0, "-0": 0, "-12": -12, "999999999999999": 999999999999999, "1234567890123456": 1234567890123456,
		"9007199254740993": 9007199254740992, "1.5": 1.5, "1e2": 100, "-1E-2": -0.01, "1e400": math.Inf(1), "0.1": 0.1,
	} {
		if got := numberIn([]byte(text)); got != want {
			t.Errorf("%s is %v", text, got)
		}
	}
}

func TestTextIsOrderedByUnits(t *testing.T) {
	ordered := []string{"", "a", "ab", "b", "é", "\u0fff", "\ud7ff", "😀", "😁", "\U00020000", "\ue000", "！", "\uffff"}
	for i, a := range ordered {
		for j, b := range ordered {
			if got := compareUnits([]byte("x"+a), "x"+b); got < 0 != (i < j) || got > 0 != (i > j) {
				t.Errorf("%q and %q: %d", a, b, got)
			}
		}
	}
}
