package event

import (
	"fmt"
	"strings"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"bursar/services"
	"bursar/tui"
	"bursar/tui/keys"
	"bursar/tui/theme"
	"bursar/tui/tuitest"
)

const declined = `{
  "id": "evt_1Pq9aB2eZvKYlo2C0Zk31abc",
  "object": "event",
  "api_version": "2023-10-16",
  "created": 1795430347,
  "data": {
    "object": {
      "id": "pi_3Pq9aB2eZvKYlo2C1Gq02def",
      "object": "payment_intent",
      "amount": 11900,
      "amount_received": 0,
      "created": 1795430340,
      "currency": "eur",
      "customer": "cus_Pq77aB2eZvKY1a",
      "description": "Order 1042: two kettles,\nsent to \u202eJane\u202c",
      "last_payment_error": {
        "code": "card_declined",
        "decline_code": "insufficient_funds",
        "payment_method": {"id": "pm_1Pq9", "object": "payment_method", "card": {"brand": "visa", "last4": "9995"}}
      },
      "metadata": {},
      "payment_method_types": ["card", "link"],
      "status": "requires_payment_method"
    },
    "previous_attributes": {"amount": 12900, "status": "requires_confirmation"}
  },
  "livemode": false,
  "pending_webhooks": 1,
  "request": {"id": "req_Fk2eZvKYlo2C9x", "idempotency_key": null},
  "type": "payment_intent.payment_failed"
}`

func failed() services.Event {
	return services.Event{
		ID: "evt_1Pq9aB2eZvKYlo2C0Zk31abc", Type: "payment_intent.payment_failed",
		Created: tuitest.Now().Add(-3 * time.Minute), Received: tuitest.Now().Add(-178 * time.Second),
		ObjectID: "pi_3Pq9aB2eZvKYlo2C1Gq02def", ObjectType: "payment_intent", Customer: "cus_Pq77aB2eZvKY1a",
		Amount: &services.Money{Amount: 11900, Currency: "eur"}, Outcome: services.EventFailed,
		RequestID: "req_Fk2eZvKYlo2C9x", APIVersion: "2023-10-16", Source: services.SourceWebhook, Raw: []byte(declined),
	}
}

func open(t testing.TB, e services.Event, w, h int, d theme.Depth) *tuitest.Driver {
	f := &tuitest.Fakes{Event: func(string) (services.Event, error) { return e, nil }}
	return tuitest.Start(New(tuitest.EnvIn(t, f.Desk(), d), tui.Route{Kind: tui.Event, Ref: e.ID}), w, h)
}

var sizes = [][2]int{{160, 45}, {120, 35}, {80, 19}, {60, 15}, {40, 9}}

func TestLooks(t *testing.T) {
	states := map[string]func(*tuitest.Driver){
		"data":   func(*tuitest.Driver) {},
		"search": func(d *tuitest.Driver) { d.Keys("/", "text:card", "enter") },
	}
	for name, prepare := range states {
		for _, size := range sizes {
			d := open(t, failed(), size[0], size[1], theme.None)
			prepare(d)
			tuitest.Golden(t, fmt.Sprintf("%s-%dx%d", name, size[0], size[1]), tuitest.View(d.Screen))
			tuitest.Fits(t, d.Screen, size[0], size[1])
		}
	}
	d := open(t, failed(), 120, 35, theme.TrueColor)
	d.Keys("down", "down")
	tuitest.Golden(t, "data-120x35-truecolor", tuitest.View(d.Screen))
}

func TestOtherStates(t *testing.T) {
	missing := &tuitest.Fakes{Event: func(string) (services.Event, error) {
		return services.Event{}, &services.Error{Code: services.CodeNotFound, Message: "The archive does not hold the event evt_gone.", Next: "Read new events from Stripe in Logs (r), then try again."}
	}}
	d := tuitest.Start(New(tuitest.Env(t, missing.Desk()), tui.Route{Ref: "evt_gone"}), 80, 19)
	tuitest.Golden(t, "error-80x19", tuitest.View(d.Screen))
	tuitest.Sweep(t, d.Screen)

	env := tuitest.Env(t, missing.Desk())
	now := tuitest.Now()
	env.Now = func() time.Time { return now }
	s := New(env, tui.Route{Ref: "evt_1"})
	s.SetSize(80, 19)
	s.Init()
	if strings.TrimSpace(s.View()) != "" {
		t.Error("something is drawn before anybody can have noticed a wait")
	}
	now = now.Add(3 * time.Second)
	tuitest.Golden(t, "loading-80x19", tuitest.View(s))
	tuitest.Sweep(t, s)

	broken := failed()
	broken.Raw = []byte("{\"id\": \"evt_1\", \"name\": \"\x1b]52;c;aGk=\x07\", oops}\n\xff\xfe second line")
	tuitest.Golden(t, "not-json-80x19", tuitest.View(open(t, broken, 80, 19, theme.None).Screen))
}

func TestRetryReadsAgain(t *testing.T) {
	calls := 0
	f := &tuitest.Fakes{Event: func(string) (services.Event, error) {
		calls++
		if calls == 1 {
			return services.Event{}, &services.Error{Code: services.CodeStorage, Message: "The archive is locked."}
		}
		return failed(), nil
	}}
	d := tuitest.Start(New(tuitest.Env(t, f.Desk()), tui.Route{Ref: "evt_1"}), 80, 19)
	d.Keys("r")
	if calls != 2 || !strings.Contains(d.Screen.View(), "payment_intent.payment_failed") {
		t.Errorf("after r: %d calls\n%s", calls, d.Screen.View())
	}
}

func TestKeysLeadOn(t *testing.T) {
	tests := []struct {
		name string
		keys []string
		want tea.Msg
	}{
		{"customer", []string{"c"}, tui.Go(tui.Route{Kind: tui.Customer, Ref: "cus_Pq77aB2eZvKY1a"})()},
		{"copy id", []string{"i"}, tui.Copy("evt_1Pq9aB2eZvKYlo2C0Zk31abc", "event id")()},
		{"id in the JSON", []string{"/", "text:cus_", "enter", "enter"}, tui.Go(tui.Route{Kind: tui.Customer, Ref: "cus_Pq77aB2eZvKY1a"})()},
		{"copy value", []string{"/", "text:decline_code", "enter", "y"}, tui.Copy("insufficient_funds", "value")()},
		{"copy path", []string{"/", "text:decline_code", "enter", "Y"}, tui.Copy("data.object.last_payment_error.decline_code", "path")()},
		{"copy JSON", []string{"J"}, tui.Copy(declined, "JSON")()},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d := open(t, failed(), 80, 19, theme.None)
			d.Keys(tt.keys...)
			if len(d.Asked) != 1 || fmt.Sprint(d.Asked[0]) != fmt.Sprint(tt.want) {
				t.Errorf("asked %v, want %v", d.Asked, tt.want)
			}
		})
	}
}

func TestTimeModes(t *testing.T) {
	d := open(t, failed(), 120, 35, theme.None)
	if v := d.Screen.View(); !strings.Contains(v, "3 m ago") {
		t.Errorf("no age in\n%s", v)
	}
	d.Keys("t", "t")
	if v := d.Screen.View(); !strings.Contains(v, "1795430340") || strings.Count(v, "2026-11-23 10:39:0") < 2 {
		t.Errorf("no dates in\n%s", v)
	}
}

func TestHostileEvent(t *testing.T) {
	evil := "\x1b]52;c;aGVsbG8=\x07\x1b[2J\r\n\u202eeurt\u200f 田中 é\u0301\u0301\u0301\u0301\u0301\u0301\u0301 " + strings.Repeat("x", 10_000)
	e := failed()
	e.Type, e.Customer, e.ObjectID, e.ObjectType = services.Clean(evil), services.Clean(evil), services.Clean(evil), services.Clean(evil)
	e.ID, e.RequestID, e.APIVersion = services.Clean(evil), services.Clean(evil), services.Clean(evil)
	e.Amount = &services.Money{Amount: -99_999_999_999, Currency: services.Clean(evil)}
	for _, raw := range []string{
		fmt.Sprintf(`{%q:%q,"a":[%q,{"amount":1,"currency":%q}]}`, evil, evil, evil, evil),
		evil,
		`{"\u001b[2J":"\u202e\u0000\u009b31m"}`,
		strings.Repeat("[", 10_000) + strings.Repeat("]", 10_000),
	} {
		e.Raw = []byte(raw)
		d := open(t, e, 80, 19, theme.None)
		tuitest.Sweep(t, d.Screen)
		d.Screen.SetSize(80, 19)
		d.Keys("w", "z", "G", "up", "down")
		tuitest.Sweep(t, d.Screen)
	}
}

func TestKeysAreTakenOnce(t *testing.T) {
	d := open(t, failed(), 120, 35, theme.None)
	check := func(state string) {
		t.Helper()
		layer := d.Screen.Bindings()
		if !d.Screen.Capturing() {
			g := keys.NewGlobal(7)
			layer = append(layer, g.Tabs...)
			layer = append(layer, g.Commands, g.Help, g.Profile, g.Errors, g.Mouse, g.Redraw, g.Suspend, g.Quit)
		}
		if c := keys.Conflicts(layer); len(c) > 0 {
			t.Errorf("%s: %v mean two things", state, c)
		}
	}
	check("data")
	d.Keys("/")
	check("typing")
	d.Keys("text:card", "enter")
	check("searched")
	if !strings.Contains(d.Screen.View(), "1 of") {
		t.Errorf("the matches are not counted:\n%s", d.Screen.View())
	}
	d.Keys("esc")
	check("cleared")
}
