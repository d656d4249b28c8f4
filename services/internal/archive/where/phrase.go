package where

import "strings"

// phrase reads plain words that can only mean one thing: "failed", "refunds",
// "last week", "over 50 eur". In quotes they are searched for like others.
func (p *textParser) phrase() ([]value, bool) {
	first := p.plain(0)
	switch first {
	case "failed", "succeeded", "pending", "refunded", "canceled", "cancelled":
		p.next++
		return []value{factValue("outcome", textValue(strings.Replace(first, "cancelled", "canceled", 1)))}, true
	case "between":
		return p.betweenPhrase()
	}
	if prefixes := typesOf(first); len(prefixes) > 0 {
		p.next++
		var sides []value
		for _, prefix := range prefixes {
			sides = append(sides, object("type", object("$regex", textValue("^"+escapePattern(prefix)))))
		}
		return anyOf(sides), true
	}
	if all, ok := p.amountPhrase(); ok {
		return all, true
	}
	return p.timePhrase()
}

// plain is a word ahead in lower case; empty when there is none without quotes.
func (p *textParser) plain(n int) string {
	w, ok := p.peek(n)
	if !ok || w.quoted() {
		return ""
	}
	return strings.ToLower(w.text())
}

// typesOf are the beginnings of the types that a word stands for.
func typesOf(word string) []string {
	switch word {
	case "refunds":
		return []string{"refund.", "charge.refund"}
	case "disputes":
		return []string{"charge.dispute."}
	case "payouts":
		return []string{"payout."}
	case "invoices":
		return []string{"invoice."}
	case "subscriptions":
		return []string{"customer.subscription."}
	case "payments":
		return []string{"payment_intent.", "charge."}
	}
	return nil
}

// amountPhrase reads "over 50 eur", "less than 10.50".
func (p *textParser) amountPhrase() ([]value, bool) {
	sign, n := "", 1
	switch p.plain(0) + " " + p.plain(1) {
	case "more than":
		sign, n = ">", 2
	case "less than":
		sign, n = "<", 2
	case "at least":
		sign, n = ">=", 2
	case "at most":
		sign, n = "<=", 2
	default:
		switch p.plain(0) {
		case "over", "above":
			sign = ">"
		case "under", "below":
			sign = "<"
		default:
			return nil, false
		}
	}
	return p.amountAt(sign, n, p.plain(n))
}

// betweenPhrase reads "between 10 and 50 eur".
func (p *textParser) betweenPhrase() ([]value, bool) {
	if p.plain(2) != "and" || p.plain(1) == "" || p.plain(3) == "" {
		return nil, false
	}
	return p.amountAt(":", 3, p.plain(1)+".."+p.plain(3))
}

// amountAt reads an amount of which n words ahead are taken; only when it is one.
func (p *textParser) amountAt(sign string, n int, text string) ([]value, bool) {
	was := p.next
	c := clause{key: "amount", sign: sign}
	for _, r := range text {
		c.value = append(c.value, char{r: r})
	}
	p.next = min(p.next+n+1, len(p.tokens))
	all, err := p.amount(c)
	if err != nil {
		p.next = was
		return nil, false
	}
	return all, true
}

// timePhrase reads "today", "last week", "last 7 days", also with "since",
// "until" or "in" before it.
func (p *textParser) timePhrase() ([]value, bool) {
	n, key := 1, "on"
	switch p.plain(0) {
	case "since", "until":
		key = p.plain(0)
	case "in", "on", "from", "during":
	default:
		n = 0
	}
	one, two, three := p.plain(n), p.plain(n+1), p.plain(n+2)
	s, ok := span{}, false
	switch {
	case one == "today", one == "yesterday":
		s, ok = p.namedSpan(one)
		n++
	case (one == "last" || one == "past") && strings.Trim(two, "0123456789") == "" && two != "" && key != "until":
		s, ok = p.ago(two + three)
		key, n = "since", n+3
	case one == "last", one == "this":
		s, ok = p.namedSpan(one + " " + two)
		n += 2
	}
	if !ok {
		return nil, false
	}
	p.next += n
	switch key {
	case "since":
		return []value{object("created", object("$gte", secondsOf(s.from)))}, true
	case "until":
		return []value{object("created", object("$lt", secondsOf(s.to)))}, true
	}
	return during(s), true
}
