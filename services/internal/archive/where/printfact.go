package where

import (
	"math"
	"strconv"
	"strings"
	"time"

	"bursar/services"
)

// printFacts prints a $fact.
func printFacts(facts value) ([]string, bool) {
	var terms []string
	amount, hasAmount := facts.get("amount")
	currency, _ := facts.get("currency")
	_, denied := amount.get("$ne")
	_, together := currencyNamed(currency.text)
	if together = together && hasAmount && !denied; !together {
		currency = value{}
	}
	if hasAmount {
		more, ok := printAmount(amount, currency.text)
		if !ok {
			return nil, false
		}
		terms = append(terms, more...)
	}
	for _, m := range facts.members {
		key := map[string]string{"outcome": "status", "request_id": "request"}[m.key]
		switch m.key {
		case "amount":
			continue
		case "currency":
			if together {
				continue
			}
			key = m.key
		case "customer", "object_id", "object_type", "source":
			key = m.key
		}
		if key == "" {
			return nil, false
		}
		text, ok := printEqual(key, m.value, func(v value) (string, bool) {
			if v.kind == kindNull && m.key == "customer" {
				return "none", true
			}
			return quote(v.text), v.kind == kindText
		})
		if !ok {
			return nil, false
		}
		if text == "-customer:none" {
			text = "customer:*"
		}
		if short := strings.Replace(text, "object_id:", "object:", 1); short != text && readsAs(short, factValue(m.key, m.value)) {
			text = short
		}
		if short := strings.Replace(text, "object_type:", "object:", 1); short != text && readsAs(short, factValue(m.key, m.value)) {
			text = short
		}
		terms = append(terms, text)
	}
	return terms, true
}

// printAmount prints a condition on the amount, in major units where the
// currency is known.
func printAmount(v value, currency string) ([]string, bool) {
	key, write := "amount_minor", func(n float64) (string, bool) { return format(n), n == math.Trunc(n) && math.Abs(n) < exact }
	if code, known := currencyNamed(currency); known {
		key, write = "amount", func(n float64) (string, bool) {
			m := services.Money{Amount: int64(n), Currency: code}
			text := m.Decimal()
			if strings.Contains(text, ".") {
				text = strings.TrimSuffix(strings.TrimRight(text, "0"), ".")
			}
			return text + code, n == math.Trunc(n) && math.Abs(n) < exact
		}
	}
	terms, ok := printOrder(key, v, write)
	return rangeOf(key, terms), ok
}

// rangeOf writes two bounds as one term.
func rangeOf(key string, terms []string) []string {
	if len(terms) == 2 {
		low, isLow := strings.CutPrefix(terms[0], key+">=")
		high, isHigh := strings.CutPrefix(terms[1], key+"<=")
		if isLow && isHigh {
			return []string{key + ":" + strings.TrimRight(low, letters) + ".." + high}
		}
	}
	return terms
}

const letters = "abcdefghijklmnopqrstuvwxyz"

// printOrder prints comparisons of a number, each a term.
func printOrder(key string, v value, write func(float64) (string, bool)) ([]string, bool) {
	if v.kind == kindNumber {
		text, ok := write(v.number)
		return []string{key + "=" + text}, ok
	}
	var terms []string
	for _, m := range v.members {
		sign := map[string]string{"$gt": ">", "$gte": ">=", "$lt": "<", "$lte": "<=", "$ne": "="}[m.key]
		text, ok := write(m.value.number)
		if sign == "" || !ok || m.value.kind != kindNumber {
			return nil, false
		}
		if m.key == "$ne" {
			key = "-" + key
		}
		terms = append(terms, key+sign+text)
		key = strings.TrimPrefix(key, "-")
	}
	return terms, len(terms) > 0
}

// printAnyAmount prints what compares amounts of every currency in its own units.
func printAnyAmount(items []value) (string, bool) {
	facts, ok := items[0].get("$fact")
	if !ok || len(items) != 3 {
		return "", false
	}
	amount, _ := facts.get("amount")
	terms, ok := printOrder("amount", amount, func(n float64) (string, bool) {
		return strconv.FormatFloat(n/100, 'f', -1, 64), true
	})
	text := strings.Join(rangeOf("amount", terms), " ")
	return text, ok && readsAs(text, object("$or", value{kind: kindArray, items: items}))
}

// printCreated prints a condition on the event's time.
func printCreated(v value) ([]string, bool) {
	if v.kind == kindNumber {
		return []string{"created=" + format(v.number)}, true
	}
	var terms []string
	for _, m := range v.members {
		key := map[string]string{"$gte": "since:", "$lt": "until:"}[m.key]
		n := m.value.number
		if key == "" || m.value.kind != kindNumber || n != math.Trunc(n) || n < 0 || n > 253_402_300_799 { // the year 9999
			more, ok := printOrder("created", value{kind: kindObject, members: []member{m}},
				func(n float64) (string, bool) { return format(n), true })
			if !ok {
				return nil, false
			}
			terms = append(terms, more...)
			continue
		}
		terms = append(terms, key+time.Unix(int64(n), 0).UTC().Format(time.RFC3339))
	}
	return terms, len(terms) > 0
}
