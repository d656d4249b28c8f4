package where

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"bursar/services"
)

// currencies are the codes that Stripe takes (its documentation, "Supported
// currencies").
const currencies = "aed afn all amd ang aoa ars aud awg azn bam bbd bdt bgn bhd bif bmd bnd bob brl bsd bwp byn bzd cad cdf chf clp cny " +
	"cop crc cve czk djf dkk dop dzd egp etb eur fjd fkp gbp gel gip gmd gnf gtq gyd hkd hnl hrk htg huf idr ils inr isk jmd jod jpy kes " +
	"kgs khr kmf krw kwd kyd kzt lak lbp lkr lrd lsl mad mdl mga mkd mmk mnt mop mur mvr mwk mxn myr mzn nad ngn nio nok npr nzd omr pab " +
	"pen pgk php pkr pln pyg qar ron rsd rub rwf sar sbd scr sek sgd shp sle sll sos srd std szl thb tjs tnd top try ttd twd tzs uah ugx " +
	"usd uyu uzs vnd vuv wst xaf xcd xof xpf yer zar zmw"

// currencyNamed reads a currency's code, sign or English name.
func currencyNamed(text string) (code string, ok bool) {
	switch text = strings.ToLower(text); text {
	case "€", "euro", "euros":
		return "eur", true
	case "$", "dollar", "dollars":
		return "usd", true
	case "£", "pound", "pounds":
		return "gbp", true
	case "¥", "yen":
		return "jpy", true
	}
	return text, len(text) == 3 && slices.Contains(strings.Fields(currencies), text)
}

// money is an amount as a person writes it, in major units: "50", "-1,250.00".
type money struct {
	decimal  string // digits with a "." and a sign perhaps
	currency string // empty for none
}

// moneyOf reads an amount with a currency in front, behind, or with none.
func moneyOf(text string) (m money, ok bool) {
	first := strings.IndexAny(text, "0123456789.")
	last := strings.LastIndexAny(text, "0123456789.")
	if first < 0 {
		return m, false
	}
	before, number, after := text[:first], text[first:last+1], text[last+1:]
	sign := ""
	if strings.Count(before, "-") == 1 {
		before, sign = strings.Replace(before, "-", "", 1), "-"
	}
	for _, name := range []string{before, after} {
		if name == "" {
			continue
		}
		if m.currency != "" {
			return m, false
		}
		if m.currency, ok = currencyNamed(name); !ok {
			return m, false
		}
	}
	whole, fraction, dotted := strings.Cut(number, ".")
	if groups := strings.Split(whole, ","); len(groups) > 1 {
		for i, g := range groups {
			if i > 0 && len(g) != 3 || len(g) == 0 || len(g) > 3 {
				return m, false
			}
		}
		whole = strings.Join(groups, "")
	}
	if strings.Trim(whole+fraction, "0123456789") != "" || dotted && fraction == "" || whole == "" && fraction == "" {
		return m, false
	}
	fraction = strings.TrimRight(fraction, "0")
	if whole = strings.TrimLeft(whole, "0"); whole == "" {
		whole = "0"
	}
	m.decimal = sign + whole
	if fraction != "" {
		m.decimal += "." + fraction
	}
	return m, true
}

// minor is the amount in the minor units of currencies with so many decimals. ok
// is false when a double cannot hold it.
func (m money) minor(exponent int) (n float64, ok bool) {
	whole, fraction, _ := strings.Cut(m.decimal, ".")
	fraction += strings.Repeat("0", max(exponent-len(fraction), 0))
	n, err := strconv.ParseFloat(whole+fraction[:exponent]+"."+fraction[exponent:]+"0", 64)
	return n + 0, err == nil && math.Abs(n) < exact // -0 is 0
}

// amountBound is one side of a comparison of amounts.
type amountBound struct {
	operator string // "$eq" for being equal
	money
}

// amount is "amount" with a sign: a single amount or a range, and a currency.
func (p *textParser) amount(c clause) ([]value, error) {
	bounds, err := amountBounds(c)
	if err != nil {
		return nil, err
	}
	currency := ""
	for _, b := range bounds {
		if b.currency != "" && currency != "" && b.currency != currency {
			return nil, refuse(c.after, "A range has one currency, not %s and %s.", strings.ToUpper(currency), strings.ToUpper(b.currency))
		}
		if b.currency != "" {
			currency = b.currency
		}
	}
	if next, ok := p.peek(0); ok && currency == "" && !next.quoted() {
		if code, known := currencyNamed(next.text()); known {
			currency = code
			p.next++
		}
	}
	if c.key == "amount_minor" {
		if currency != "" {
			return nil, refuse(c.after, "amount_minor: counts minor units of any currency; add currency:%s for one.", currency)
		}
		for _, b := range bounds {
			if strings.Contains(b.decimal, ".") {
				return nil, refuse(c.after, "amount_minor: counts whole minor units, not %s.", b.decimal)
			}
		}
		operand, ok := operandOf(bounds, 0)
		if !ok {
			return nil, refuse(c.after, "The amount is too large.")
		}
		return []value{factValue("amount", operand)}, nil
	}
	return amountIn(currency, bounds, c.after)
}

// amountIn compares amounts of one currency, or with none given of each in its
// own units: amount>50 is more than 50 euros as well as more than 50 yen.
func amountIn(currency string, bounds []amountBound, at int) ([]value, error) {
	var operands [4]value
	for exponent := range operands {
		operand, ok := operandOf(bounds, exponent)
		if !ok {
			return nil, refuse(at, "The amount is too large.")
		}
		operands[exponent] = operand
	}
	if currency != "" {
		exponent := services.Exponent(currency)
		for _, b := range bounds {
			if _, fraction, _ := strings.Cut(b.decimal, "."); len(fraction) > exponent {
				return nil, refuse(at, "%s has %d decimals, %q has more.", strings.ToUpper(currency), exponent, b.decimal)
			}
		}
		return []value{factValue("amount", operands[exponent]), factValue("currency", textValue(currency))}, nil
	}
	if string(writtenOf(operands[0])) == string(writtenOf(operands[2])) { // zero is zero in all
		return []value{factValue("amount", operands[0])}, nil
	}
	var codes [4][]value
	for code := range strings.FieldsSeq(currencies) {
		exponent := services.Exponent(code)
		codes[exponent] = append(codes[exponent], textValue(code))
	}
	of := func(exponent int, operator string, codes ...value) value {
		return object("$fact", value{kind: kindObject, members: []member{
			{"amount", operands[exponent]}, {"currency", object(operator, listValue(codes...))}}})
	}
	return anyOf([]value{of(2, "$nin", slices.Concat(codes[0], codes[3])...), of(0, "$in", codes[0]...), of(3, "$in", codes[3]...)}), nil
}

// operandOf is what an amount in minor units is compared with.
func operandOf(bounds []amountBound, exponent int) (value, bool) {
	out := value{kind: kindObject}
	for _, b := range bounds {
		n, ok := b.minor(exponent)
		if !ok {
			return out, false
		}
		if b.operator == "$eq" {
			return numberValue(n), true
		}
		out.members = append(out.members, member{b.operator, numberValue(n)})
	}
	return out, true
}

// amountBounds reads "50eur", "10..50eur", "10..".
func amountBounds(c clause) ([]amountBound, error) {
	text := c.value.text()
	bad := refuse(c.after, `%q is no amount; write amount>50eur, amount:1250.50usd or amount:10..50eur.`, shorten(text))
	operator := map[string]string{":": "$eq", "=": "$eq", ">": "$gt", ">=": "$gte", "<": "$lt", "<=": "$lte"}[c.sign]
	low, high, ranged := strings.Cut(text, "..")
	if !ranged {
		m, ok := moneyOf(text)
		if !ok || operator == "" {
			return nil, bad
		}
		return []amountBound{{operator, m}}, nil
	}
	if operator != "$eq" || low == "" && high == "" {
		return nil, bad
	}
	var bounds []amountBound
	for _, side := range []struct{ operator, text string }{{"$gte", low}, {"$lte", high}} {
		if side.text == "" {
			continue
		}
		m, ok := moneyOf(side.text)
		if !ok {
			return nil, bad
		}
		bounds = append(bounds, amountBound{side.operator, m})
	}
	return bounds, nil
}
