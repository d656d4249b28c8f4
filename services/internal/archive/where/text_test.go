package where

import (
	"errors"
	"strings"
	"testing"
	"time"
)

// noon is a Monday.
func noon() time.Time { return time.Date(2026, 11, 23, 12, 30, 15, 0, time.UTC) }

// TestText holds what the short form means, and how it is printed again; where
// print is empty, as it was written.
func TestText(t *testing.T) {
	for _, c := range []struct{ text, query, print string }{
		{``, `{}`, ``},
		{`type:charge.failed`, `{"type":"charge.failed"}`, ``},
		{`type:charge.*`, `{"type":{"$regex":"^charge\\."}}`, ``},
		{`type:payment*,charge*`, `{"$or":[{"type":{"$regex":"^payment"}},{"type":{"$regex":"^charge"}}]}`, ``},
		{`type:a.b,c.d`, `{"type":{"$in":["a.b","c.d"]}}`, ``},
		{`type:charge.*,a.b`, `{"$or":[{"type":"a.b"},{"type":{"$regex":"^charge\\."}}]}`, `type:a.b,charge.*`},
		{`type:*.failed`, `{"type":{"$regex":"\\.failed$"}}`, ``},
		{`type:c*.f*d`, `{"type":{"$regex":"^c.*\\.f.*d$","$options":"s"}}`, ``},
		{`type:*fail*`, `{"type":{"$regex":"fail"}}`, ``},
		{`type: charge.failed`, `{"type":"charge.failed"}`, `type:charge.failed`},
		{`status:failed`, `{"$fact":{"outcome":"failed"}}`, ``},
		{`outcome:FAILED,Cancelled`, `{"$fact":{"outcome":{"$in":["failed","canceled"]}}}`, `status:failed,canceled`},
		{`-status:failed`, `{"$fact":{"outcome":{"$ne":"failed"}}}`, ``},
		{`status!=failed`, `{"$fact":{"outcome":{"$ne":"failed"}}}`, `-status:failed`},
		{`amount>50eur`, `{"$fact":{"amount":{"$gt":5000},"currency":"eur"}}`, ``},
		{`amount > 50 eur`, `{"$fact":{"amount":{"$gt":5000},"currency":"eur"}}`, `amount>50eur`},
		{`amount:>=€1,250.50`, `{"$fact":{"amount":{"$gte":125050},"currency":"eur"}}`, `amount>=1250.5eur`},
		{`amount<=2400jpy`, `{"$fact":{"amount":{"$lte":2400},"currency":"jpy"}}`, ``},
		{`amount<KWD12.5`, `{"$fact":{"amount":{"$lt":12500},"currency":"kwd"}}`, `amount<12.5kwd`},
		{`amount:-3usd`, `{"$fact":{"amount":-300,"currency":"usd"}}`, `amount=-3usd`},
		{`amount:10..50eur`, `{"$fact":{"amount":{"$gte":1000,"$lte":5000},"currency":"eur"}}`, ``},
		{`amount:..0.05usd`, `{"$fact":{"amount":{"$lte":5},"currency":"usd"}}`, `amount<=0.05usd`},
		{`amount>0`, `{"$fact":{"amount":{"$gt":0}}}`, `amount_minor>0`},
		{`amount_minor=5000`, `{"$fact":{"amount":5000}}`, ``},
		{`-amount=5eur`, `{"$nor":[{"$fact":{"amount":500,"currency":"eur"}}]}`, ``},
		{`currency:EUR,usd`, `{"$fact":{"currency":{"$in":["eur","usd"]}}}`, `currency:eur,usd`},
		{`customer:cus_1`, `{"$fact":{"customer":"cus_1"}}`, ``},
		{`customer:none`, `{"$fact":{"customer":null}}`, ``},
		{`customer:*`, `{"$fact":{"customer":{"$ne":null}}}`, ``},
		{`-customer:none`, `{"$fact":{"customer":{"$ne":null}}}`, `customer:*`},
		{`object:pi_3Pq9`, `{"$fact":{"object_id":"pi_3Pq9"}}`, ``},
		{`object:payment_intent,charge`, `{"$fact":{"object_type":{"$in":["payment_intent","charge"]}}}`, ``},
		{`object:ch_1,invoice`, `{"$or":[{"$fact":{"object_id":"ch_1"}},{"$fact":{"object_type":"invoice"}}]}`, `object:ch_1 or object:invoice`},
		{`object_id:abc`, `{"$fact":{"object_id":"abc"}}`, ``},
		{`id:evt_1,evt_2`, `{"id":{"$in":["evt_1","evt_2"]}}`, ``},
		{`request:req_1 source:webhook`, `{"$fact":{"request_id":"req_1","source":"webhook"}}`, ``},
		{`live:yes`, `{"livemode":true}`, ``},
		{`mode:test`, `{"livemode":false}`, `live:no`},
		{`since:7d`, `{"created":{"$gte":1794832215}}`, `since:2026-11-16T12:30:15Z`},
		{`since:2h until:30m`, `{"created":{"$gte":1795429815,"$lt":1795435215}}`, `since:2026-11-23T10:30:15Z until:2026-11-23T12:00:15Z`},
		{`on:today`, `{"created":{"$gte":1795392000,"$lt":1795478400}}`, `since:2026-11-23T00:00:00Z until:2026-11-24T00:00:00Z`},
		{`until:yesterday`, `{"created":{"$lt":1795392000}}`, `until:2026-11-23T00:00:00Z`},
		{`on:"last week"`, `{"created":{"$gte":1794787200,"$lt":1795392000}}`, `since:2026-11-16T00:00:00Z until:2026-11-23T00:00:00Z`},
		{`on:2026-11`, `{"created":{"$gte":1793491200,"$lt":1796083200}}`, `since:2026-11-01T00:00:00Z until:2026-12-01T00:00:00Z`},
		{`since:2026-11-01T10:00+02:00`, `{"created":{"$gte":1793520000}}`, `since:2026-11-01T08:00:00Z`},
		{`created>1700000000`, `{"created":{"$gt":1700000000}}`, ``},
		{`created:2026-11-01`, `{"created":{"$gte":1793491200,"$lt":1793577600}}`, `since:2026-11-01T00:00:00Z until:2026-11-02T00:00:00Z`},
		{`data.object.status:open`, `{"data.object.status":"open"}`, ``},
		{`data.object.status=open,paid`, `{"data.object.status":{"$in":["open","paid"]}}`, `data.object.status:open,paid`},
		{`data.object.status!=open`, `{"data.object.status":{"$ne":"open"}}`, ``},
		{`-data.object.status:open`, `{"data.object.status":{"$ne":"open"}}`, `data.object.status!=open`},
		{`data.object.amount>=500 data.object.amount<900`, `{"data.object.amount":{"$gte":500,"$lt":900}}`, ``},
		{`data.object.paid=true`, `{"data.object.paid":true}`, `data.object.paid:true`},
		{`data.object.paid:"true"`, `{"data.object.paid":"true"}`, ``},
		{`data.object.x:null`, `{"data.object.x":null}`, ``},
		{`data.object.x:*`, `{"data.object.x":{"$exists":true}}`, ``},
		{`-data.object.x:*`, `{"data.object.x":{"$exists":false}}`, ``},
		{`data.object.x:1e3,007,"5",""`, `{"data.object.x":{"$in":[1000,"007","5",""]}}`, `data.object.x:1000,007,"5",""`},
		{`data.object.x:12345678901234567`, `{"data.object.x":"12345678901234567"}`, ``},
		{`data.object.created>2026-11-01`, `{"data.object.created":{"$gt":1793491200}}`, `data.object.created>1793491200`},
		{`data.object.email~Example`, `{"data.object.email":{"$iLike":"Example"}}`, ``},
		{`data.object.email!~"a b"`, `{"data.object.email":{"$not":{"$iLike":"a b"}}}`, ``},
		{`data.object.id:pi_*`, `{"data.object.id":{"$regex":"^pi_"}}`, ``},
		{`data.object.name:"J. D"*`, `{"data.object.name":{"$regex":"^J\\. D"}}`, ``},
		{`-data.items.0.x:1`, `{"$nor":[{"data.items.0.x":1}]}`, ``},
		{`data.items.0.x!=1`, `{"data.items.0.x":{"$ne":1}}`, ``},
		{`metadata.order:1042`, `{"data.object.metadata.order":"1042"}`, `data.object.metadata.order:1042`},
		{`request.id:req_1 pending_webhooks>0`, `{"request.id":"req_1","pending_webhooks":{"$gt":0}}`, ``},
		{`jane doe`, `{"$search":"jane doe"}`, `"jane doe"`},
		{`“jane doe”`, `{"$search":"jane doe"}`, `"jane doe"`},
		{`"say \"hi\" \\"`, `{"$search":"say \"hi\" \\"}`, ``},
		{`jane@example.com`, `{"$search":"jane@example.com"}`, `"jane@example.com"`},
		{`-jane`, `{"$nor":[{"$search":"jane"}]}`, `-"jane"`},
		{`cus_1`, `{"$fact":{"customer":"cus_1"}}`, `customer:cus_1`},
		{`evt_1`, `{"id":"evt_1"}`, `id:evt_1`},
		{`pi_1`, `{"$search":"pi_1"}`, `"pi_1"`},
		{`"cus_1"`, `{"$search":"cus_1"}`, ``},
		{`type:a or type:b`, `{"$or":[{"type":"a"},{"type":"b"}]}`, ``},
		{`type:a or live:yes jane`, `{"$or":[{"type":"a"},{"$search":"jane","livemode":true}]}`, `type:a or live:yes "jane"`},
		{`(type:a or live:yes) jane`, `{"$or":[{"type":"a"},{"livemode":true}],"$search":"jane"}`, `(type:a or live:yes) "jane"`},
		{`not (type:a live:yes)`, `{"$nor":[{"type":"a","livemode":true}]}`, `-(type:a live:yes)`},
		{`-(type:a or live:yes)`, `{"type":{"$ne":"a"},"livemode":{"$ne":true}}`, `-type:a -live:yes`},
		{`not not type:a`, `{"type":"a"}`, `type:a`},
		{`type:a type:b`, `{"type":"a","$and":[{"type":"b"}]}`, ``},
		{`type:a and (type:b and type:c)`, `{"type":"a","$and":[{"type":"b"},{"type":"c"}]}`, `type:a type:b type:c`},
		{`status:failed type:charge.* amount>50eur since:7d "jane"`,
			`{"$fact":{"outcome":"failed","amount":{"$gt":5000},"currency":"eur"},"$search":"jane","type":{"$regex":"^charge\\."},"created":{"$gte":1794832215}}`,
			`type:charge.* since:2026-11-16T12:30:15Z amount>50eur status:failed "jane"`},
		{`failed last week over 50 eur`, `{"$fact":{"outcome":"failed","amount":{"$gt":5000},"currency":"eur"},"created":{"$gte":1794787200,"$lt":1795392000}}`,
			`since:2026-11-16T00:00:00Z until:2026-11-23T00:00:00Z amount>50eur status:failed`},
		{`refunds between 10 and 50 usd since yesterday`, `{"$fact":{"amount":{"$gte":1000,"$lte":5000},"currency":"usd"},"$or":[{"type":{"$regex":"^refund\\."}},{"type":{"$regex":"^charge\\.refund"}}],"created":{"$gte":1795305600}}`,
			`since:2026-11-22T00:00:00Z amount:10..50usd type:refund.*,charge.refund*`},
		{`under 5 dollars past 24 hours`, `{"$fact":{"amount":{"$lt":500},"currency":"usd"},"created":{"$gte":1795350615}}`, `since:2026-11-22T12:30:15Z amount<5usd`},
		{`over the moon`, `{"$search":"over the moon"}`, `"over the moon"`},
		{`"failed"`, `{"$search":"failed"}`, ``},
	} {
		q, err := ParseText(c.text, noon(), time.UTC)
		if err != nil {
			t.Errorf("%s: %v", c.text, err)
			continue
		}
		if want := parsed(t, c.query); q.String() != want.String() {
			t.Errorf("%s:\n is %s\nnot %s", c.text, q, want)
		}
		want := c.print
		if want == "" {
			want = c.text
		}
		if got, ok := q.Text(); !ok || got != want {
			t.Errorf("%s prints as %t %s", c.text, ok, got)
		}
	}
}

// TestTextOfAnyCurrency holds that an amount without a currency means each in its
// own units.
func TestTextOfAnyCurrency(t *testing.T) {
	for _, text := range []string{`amount>50`, `amount:12.34`, `amount:10..50.5`, `-amount<3`} {
		q, err := ParseText(text, noon(), nil)
		if err != nil {
			t.Fatal(err)
		}
		want := strings.Replace(text, ":12", "=12", 1)
		if got, ok := q.Text(); !ok || got != want {
			t.Errorf("%s prints as %t %s", text, ok, got)
		}
	}
	q, err := ParseText(`amount>50`, noon(), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{`{"amount":{"$gt":5000},"currency":{"$nin":["bif"`, `{"amount":{"$gt":50},"currency":{"$in":["bif","clp","djf","gnf","jpy"`, `{"amount":{"$gt":50000},"currency":{"$in":["bhd"`} {
		if !strings.Contains(q.String(), part) {
			t.Errorf("%s is not in %s", part, q)
		}
	}
}

func TestTextOfOtherQueries(t *testing.T) {
	for query, want := range map[string]string{
		`{"type":{"$eq":"a"},"created":{"$gte":1700000000.5}}`:           `type:a created>=1700000000.5`,
		`{"$and":[{"type":"a"},{"$and":[{"id":"evt_1"},{"$or":[{}]}]}]}`: `type:a id:evt_1`,
		`{"$not":{"type":{"$in":["a","b"]}}}`:                            `-type:a,b`,
		`{"$nor":[{"type":{"$nin":["a"]}}]}`:                             `type:a`,
		`{"$fact":{"amount":{"$ne":5},"currency":"eur"}}`:                `-amount_minor=5 currency:eur`,
		`{"data.object.metadata.a b":1}`:                                 "",
		`{"metadata":1}`:                                                 "",
		`{"type":{"$regex":"^(a|b)"}}`:                                   "",
		`{"data.object.x":{"$in":[]}}`:                                   "",
		`{"data.object.x":{"$elemMatch":{"a":1}}}`:                       "",
		`{"$filters":[]}`:                                                "",
		`{"$fact":{"customer":"none"}}`:                                  "",
		`{"data.object.metadata.x":null}`:                                "",
	} {
		got, ok := parsed(t, query).Text()
		if ok != (want != "") || ok && got != want {
			t.Errorf("%s prints as %t %s", query, ok, got)
		}
	}
}

func TestTextInZone(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Skip("skipped: this machine has no time zones")
	}
	// 23:30 in UTC is the next day there; summer time ended on 25 October.
	now := time.Date(2026, 10, 25, 23, 30, 0, 0, time.UTC)
	for text, want := range map[string]string{
		`on:today`:         `since:2026-10-25T23:00:00Z until:2026-10-26T23:00:00Z`,
		`on:yesterday`:     `since:2026-10-24T22:00:00Z until:2026-10-25T23:00:00Z`,
		`since:2d`:         `since:2026-10-23T22:30:00Z`,
		`since:2026-10-20`: `since:2026-10-19T22:00:00Z`,
	} {
		q, err := ParseText(text, now, berlin)
		if err != nil {
			t.Fatal(err)
		}
		if got, _ := q.Text(); got != want {
			t.Errorf("%s is %s", text, got)
		}
	}
}

func TestTextRefused(t *testing.T) {
	for _, c := range []struct {
		text, message string
		at            int
	}{
		{`typ:a`, `no key "typ"`, 0},
		{`jane https://x.y`, `no key "https"`, 5},
		{`status:open`, `data.object.status:open`, 7},
		{`status:`, `missing after "status:"`, 7},
		{`status:failed,`, `empty`, 14},
		{`id:é,,b`, `empty`, 6},
		{`id:"",b`, `empty`, 3},
		{`status>failed`, `write status:`, 0},
		{`amount>many`, `is no amount`, 7},
		{`amount:1,50eur`, `is no amount`, 7},
		{`amount>5.005eur`, `EUR has 2 decimals`, 7},
		{`amount>1.5jpy`, `JPY has 0 decimals`, 7},
		{`amount:1eur..2usd`, `one currency`, 7},
		{`amount>99999999999999999999eur`, `too large`, 7},
		{`amount~5`, `is no amount`, 7},
		{`currency:euro,xyz`, `"xyz" is no currency`, 14},
		{`customer:jane@x.y`, `write "jane@x.y" alone`, 9},
		{`customer:cus_*`, `"*"`, 13},
		{`since:soon`, `is no time`, 6},
		{`since:2026-02-30`, `is no time`, 6},
		{`on:7d`, `since: or until:`, 3},
		{`live:maybe`, `yes or no`, 5},
		{`created~5`, `goes with`, 0},
		{`a.b:1`, `Paths begin with`, 0},
		{`data..x:1`, `empty part`, 0},
		{`data.x:a,,b`, `empty`, 9},
		{`data.x>null`, `not null`, 7},
		{`(type:a`, `has no ")"`, 0},
		{`type:a)`, `without its "("`, 6},
		{`()`, `nothing in the brackets`, 0},
		{`a or`, `two conditions`, 4},
		{`or a`, `two conditions`, 0},
		{`not`, `nothing for "not"`, 0},
		{`"jane`, `does not end`, 0},
		{`jane —`, `no letter or digit`, 5},
		{strings.Repeat("(", 10) + "a" + strings.Repeat(")", 10), "deeper than", 9},
		{strings.Repeat("a", 9000), "8 KiB", -1},
		{"\xff", "not Unicode", -1},
	} {
		_, err := ParseText(c.text, noon(), nil)
		var refusal *Error
		if !errors.As(err, &refusal) {
			t.Errorf("%s is not refused", c.text)
			continue
		}
		if !strings.Contains(refusal.Message, c.message) || refusal.At() != c.at {
			t.Errorf("%s: at %d: %s", c.text, refusal.At(), refusal.Message)
		}
	}
}

func TestParseAny(t *testing.T) {
	q, err := ParseAny(" {\"type\": \"a\"}", noon(), nil)
	if err != nil || q.String() != `{"type":"a"}` {
		t.Errorf("%v: %v", q, err)
	}
	if q, err = ParseAny("type:a", noon(), nil); err != nil || q.String() != `{"type":"a"}` {
		t.Errorf("%v: %v", q, err)
	}
	_, err = ParseAny("{", noon(), nil)
	var refusal *Error
	if !errors.As(err, &refusal) || refusal.At() != -1 {
		t.Errorf("%v", err)
	}
}

// FuzzText holds that what is read prints, and that what is printed is read as
// the same query.
func FuzzText(f *testing.F) {
	for _, seed := range []string{`type:charge.*,b status:failed amount>50eur since:7d "jane"`, `-(a or not "b") x.y:1`, `amount:10..50 data.object.x!~"a\"b"`,
		`failed last week over 50 eur`, `metadata.a:*b*c or id:"",e* created!=2026`, `((“a” or b) -(c d)) -customer:none,x`, `amount_minor<-5 -amount:3`,
		`data.0.x!=null,1 -data.x:* -data.0:*`, "between 1 and 2 kwd until today"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		q, err := ParseText(text, noon(), nil)
		if err != nil {
			var refusal *Error
			if !errors.As(err, &refusal) || refusal.Message == "" || refusal.At() < -1 || refusal.At() > len(text) {
				t.Fatalf("%q: %v", text, err)
			}
			return
		}
		printed, ok := q.Text()
		if !ok {
			if len(text) < 1000 {
				t.Fatalf("%q: %s prints as %q, which is not the same", text, q, printed)
			}
			return
		}
		again, err := ParseText(printed, time.Time{}, nil)
		if err != nil || again.String() != q.String() {
			t.Fatalf("%q: %s prints as %q, which is %s: %v", text, q, printed, again, err)
		}
	})
}
