package services

import (
	"fmt"
	"strconv"
	"strings"
)

// Money is an amount in the currency's smallest unit (cents for EUR, yen for
// JPY, fils for KWD), as Stripe gives it, with its lower-case ISO code.
type Money struct {
	Amount   int64  `json:"amount"`   // minor currency units
	Currency string `json:"currency"` // lower-case ISO 4217, such as "eur"
}

// Exponent returns how many decimals a currency's amounts have at Stripe: 0, 2
// or 3 (Stripe documentation, "Supported currencies"; ISK and UGX are given
// with two decimals there although they have none).
func Exponent(currency string) int {
	switch strings.ToLower(currency) {
	case "bif", "clp", "djf", "gnf", "jpy", "kmf", "krw", "mga", "pyg", "rwf", "vnd", "vuv", "xaf", "xof", "xpf":
		return 0
	case "bhd", "jod", "kwd", "omr", "tnd":
		return 3
	default:
		return 2
	}
}

// Decimal renders the amount without its currency and without grouping, with
// the currency's decimals: "25.00", "-3.5", "2400", "12.500".
func (m Money) Decimal() string {
	digits, negative := strconv.FormatInt(m.Amount, 10), false
	if strings.HasPrefix(digits, "-") {
		digits, negative = digits[1:], true
	}
	if exp := Exponent(m.Currency); exp > 0 {
		if len(digits) <= exp {
			digits = strings.Repeat("0", exp-len(digits)+1) + digits
		}
		digits = digits[:len(digits)-exp] + "." + digits[len(digits)-exp:]
	}
	if negative {
		return "-" + digits
	}
	return digits
}

// String renders the amount for a person, grouped by thousands: "€1,250.00",
// "$42.00", "¥2,400", "KWD 12.500", "-€3.00". Only the four currencies whose
// sign is unmistakable carry one.
func (m Money) String() string {
	text, sign := m.Decimal(), ""
	if strings.HasPrefix(text, "-") {
		text, sign = text[1:], "-"
	}
	whole, fraction, hasFraction := strings.Cut(text, ".")
	text = group(whole)
	if hasFraction {
		text += "." + fraction
	}
	switch strings.ToLower(m.Currency) {
	case "eur":
		return sign + "€" + text
	case "usd":
		return sign + "$" + text
	case "gbp":
		return sign + "£" + text
	case "jpy":
		return sign + "¥" + text
	case "":
		return sign + text
	default:
		return sign + strings.ToUpper(m.Currency) + " " + text
	}
}

func group(digits string) string {
	var b strings.Builder
	for i, r := range digits {
		if i > 0 && (len(digits)-i)%3 == 0 {
			b.WriteByte(',')
		}
		b.WriteRune(r)
	}
	return b.String()
}

// ParseDecimal reads a plain decimal number ("25", "25.5", "12.500") as an
// amount of the given currency. It refuses signs, grouping and more decimals
// than the currency has, and amounts that do not fit.
func ParseDecimal(text, currency string) (Money, error) {
	exp := Exponent(currency)
	whole, fraction, _ := strings.Cut(strings.TrimSpace(text), ".")
	fraction = strings.TrimRight(fraction, "0")
	if len(fraction) > exp {
		return Money{}, fmt.Errorf("%s has %d decimals, %q has more", strings.ToUpper(currency), exp, text)
	}
	digits := whole + fraction + strings.Repeat("0", exp-len(fraction))
	if whole == "" || strings.Trim(digits, "0123456789") != "" {
		return Money{}, fmt.Errorf("%q is not an amount", text)
	}
	amount, err := strconv.ParseInt(digits, 10, 64)
	if err != nil {
		return Money{}, fmt.Errorf("%q is not an amount: %w", text, err)
	}
	return Money{Amount: amount, Currency: strings.ToLower(currency)}, nil
}
