package widget

import (
	"strconv"
	"strings"
	"time"

	"bursar/services"
)

// money returns what a node is worth when it is an amount beside a currency.
func (d *JSONDocument) money(i int32) string {
	n := &d.nodes[i]
	if n.kind != jsonNumber || n.parent < 0 || !isAmount(n.key) {
		return ""
	}
	c := d.child(n.parent, "currency")
	if c < 0 || d.nodes[c].kind != jsonString || !isCurrency(d.nodes[c].text) {
		return ""
	}
	amount, err := strconv.ParseInt(n.text, 10, 64)
	if err != nil {
		return ""
	}
	return services.Money{Amount: amount, Currency: strings.ToLower(d.nodes[c].text)}.String()
}

func isAmount(key string) bool {
	switch key {
	case "amount", "total", "subtotal", "balance", "starting_balance", "ending_balance", "unit_amount", "fee", "net", "tax":
		return true
	}
	return strings.HasPrefix(key, "amount_") || strings.HasPrefix(key, "total_excluding_") ||
		strings.HasPrefix(key, "subtotal_excluding_") || strings.HasSuffix(key, "_amount")
}

func isCurrency(code string) bool {
	return len(code) == 3 && strings.Trim(strings.ToLower(code), "abcdefghijklmnopqrstuvwxyz") == ""
}

// The seconds that are taken for a moment: the years 2000 to 2100.
const (
	firstMoment = 946_684_800
	lastMoment  = 4_102_444_800
)

// moment returns the time a node stands for when its key says that it is one.
func (d *JSONDocument) moment(i int32) (time.Time, bool) {
	n := &d.nodes[i]
	if n.kind != jsonNumber || !isMoment(n.key) {
		return time.Time{}, false
	}
	seconds, err := strconv.ParseInt(n.text, 10, 64)
	if err != nil || seconds < firstMoment || seconds > lastMoment {
		return time.Time{}, false
	}
	return time.Unix(seconds, 0), true
}

func isMoment(key string) bool {
	switch key {
	case "created", "date", "start", "end", "updated", "timestamp", "issued":
		return true
	}
	for _, end := range []string{"_at", "_on", "_by", "_date", "_start", "_end", "_time", "_anchor", "_attempt", "_until"} {
		if strings.HasSuffix(key, end) {
			return true
		}
	}
	return false
}

// link returns the id a node names when there is a page for it.
func (d *JSONDocument) link(i int32) string {
	n := &d.nodes[i]
	if n.kind == jsonString && (strings.HasPrefix(n.text, "cus_") || strings.HasPrefix(n.text, "evt_")) && isStripeID(n.text) {
		return n.text
	}
	return ""
}

// isStripeID reports whether s has the form of a Stripe id: "pi_3Pq9…".
func isStripeID(s string) bool {
	prefix, rest, ok := strings.Cut(s, "_")
	if !ok || prefix == "" || rest == "" || len(s) > 255 {
		return false
	}
	for _, r := range s {
		if r != '_' && (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') {
			return false
		}
	}
	return true
}
