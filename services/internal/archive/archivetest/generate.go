package archivetest

import (
	"bufio"
	"bytes"
	"compress/gzip"
	_ "embed"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"regexp"
	"strconv"
	"time"
)

// Events of every type that the sandbox makes, and some with all fields of newer
// versions of Stripe's API.
//
//go:embed testdata/events.ndjson.gz
var samples []byte

// Generator makes events as a shop has them, each with ids, customers, names,
// amounts and times of its own. It is not safe for concurrent use.
type Generator struct {
	random    *rand.Rand
	templates []template
	customers []Customer
	next      time.Time
	every     time.Duration
	made      int
}

// Customer is a customer of generated events.
type Customer struct{ ID, Name, Email string }

// template is an event cut where it is its own.
type template struct{ pieces []piece }

// piece is a text that stays, followed by one that is made anew.
type piece struct {
	text string
	slot slot
	old  string // what stood there
}

type slot uint8

const (
	slotNone slot = iota
	slotID
	slotCustomer
	slotEmail
	slotName
	slotAmount
	slotCreated
	slotMetadata
)

var slotPattern = regexp.MustCompile(`"((?:evt|pi|ch|cs_test|cs_live|in|sub|pm|req|si|il|prod|price|txn|seti|re|bps|ii|du|po)_[A-Za-z0-9]{8,})[_"]|"(cus_[A-Za-z0-9]+)"|"([^"@ ]+@[^"@ ]+)"|"name": "([A-Z][a-z]+ [^"]+)"|"amount(?:_[a-z]+)?": ([0-9]{2,})|"created": ([0-9]+)|"metadata": \{()`)

// NewGenerator returns a generator of events of so many customers, made from
// start on, one every so often.
func NewGenerator(seed uint64, customers int, start time.Time, every time.Duration) *Generator {
	g := &Generator{random: rand.New(rand.NewPCG(seed, 1)), next: start, every: every}
	people := rand.New(rand.NewPCG(7, 7)) // the same in every run
	for i := range customers {
		first, last := firstNames[people.IntN(len(firstNames))], lastNames[people.IntN(len(lastNames))]
		g.customers = append(g.customers, Customer{ID: "cus_" + letters(people, 14), Name: first + " " + last,
			Email: fmt.Sprintf("%s.%s%d@example.com", first, last, i)})
	}
	unzipped, err := gzip.NewReader(bytes.NewReader(samples))
	if err != nil {
		panic(err) // the file is part of the package
	}
	lines := bufio.NewScanner(unzipped)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var text bytes.Buffer
		if err := json.Indent(&text, lines.Bytes(), "", "  "); err != nil {
			panic(err)
		}
		g.templates = append(g.templates, cut(text.String()))
	}
	return g
}

func cut(text string) (t template) {
	at := 0
	for _, m := range slotPattern.FindAllStringSubmatchIndex(text, -1) {
		for s := slotID; s <= slotMetadata; s++ {
			if from, to := m[2*s], m[2*s+1]; from >= 0 {
				t.pieces = append(t.pieces, piece{text[at:from], s, text[from:to]})
				at = to
			}
		}
	}
	t.pieces = append(t.pieces, piece{text: text[at:]})
	return t
}

// Customer returns one of the customers.
func (g *Generator) Customer(i int) Customer { return g.customers[i] }

// Next returns the next event.
func (g *Generator) Next() []byte {
	t := &g.templates[g.random.IntN(len(g.templates))]
	customer := g.customers[g.random.IntN(len(g.customers))]
	ids := map[string]string{}
	amount := strconv.Itoa(100 + g.random.IntN(100_000))
	created := strconv.FormatInt(g.next.Unix(), 10)
	out := make([]byte, 0, 4096)
	for _, p := range t.pieces {
		out = append(out, p.text...)
		switch p.slot {
		case slotID:
			if ids[p.old] == "" {
				ids[p.old] = g.id(p.old)
			}
			out = append(out, ids[p.old]...)
		case slotCustomer:
			out = append(out, customer.ID...)
		case slotEmail:
			out = append(out, customer.Email...)
		case slotName:
			out = append(out, customer.Name...)
		case slotAmount:
			out = append(out, amount...)
		case slotCreated:
			out = append(out, created...)
		case slotMetadata:
			if g.made%3 == 0 {
				out = fmt.Appendf(out, `"order": "A-%d", "note": "%s %s", `, g.made, words[g.random.IntN(len(words))], words[g.random.IntN(len(words))])
			}
		}
	}
	g.made++
	g.next = g.next.Add(g.every)
	if g.made%3 == 1 { // metadata was written in
		out = relaid(out)
	}
	return out
}

// relaid puts an event in Stripe's layout again.
func relaid(event []byte) []byte {
	event = bytes.ReplaceAll(event, []byte(`", }`), []byte(`"}`))
	var out bytes.Buffer
	if err := json.Indent(&out, event, "", "  "); err != nil {
		panic(fmt.Sprintf("%v in %s", err, event))
	}
	return out.Bytes()
}

// id makes an id like another. Stripe's begin with the time they were made at.
func (g *Generator) id(like string) string {
	prefix := 0
	for i := range like {
		if like[i] == '_' {
			prefix = i + 1
		}
	}
	stamp := g.next.Unix() - 1342389380
	var t [5]byte
	for i := 4; i >= 0; i-- {
		t[i] = base62[stamp%62]
		stamp /= 62
	}
	n := len(like) - prefix
	if n < 14 {
		return like[:prefix] + letters(g.random, n)
	}
	return like[:prefix] + "1S" + string(t[:]) + letters(g.random, n-7)
}

const base62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

func letters(r *rand.Rand, n int) string {
	text := make([]byte, n)
	for i := range text {
		text[i] = base62[r.IntN(len(base62))]
	}
	return string(text)
}

var (
	firstNames = []string{"Ada", "Grace", "Alan", "Edsger", "Barbara", "Donald", "Frances", "Ken", "Margaret", "Niklaus", "Radia", "Tony", "Joan", "Leslie", "Zoë", "Søren"}
	lastNames  = []string{"Lovelace", "Hopper", "Turing", "Dijkstra", "Liskov", "Knuth", "Allen", "Thompson", "Hamilton", "Wirth", "Perlman", "Hoare", "Clarke", "Lamport", "Müller", "Åström"}
	words      = []string{"gift", "wholesale", "newsletter", "spring", "autumn", "kettle", "porcelain", "subscription", "fair", "window", "pickup", "express", "fragile", "repeat", "sample", "thanks"}
)
