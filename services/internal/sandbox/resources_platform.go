package sandbox

import (
	"net"
	"net/url"
	"strings"
)

const accountID = "acct_1Kettle0Crane0Co"

const accountBlank = `{"id":"acct_1Kettle0Crane0Co","business_profile":{"mcc":"5499","monthly_estimated_revenue":null,"name":"Kettle & Crane","product_description":null,"support_address":null,"support_email":"hello@kettleandcrane.example","support_phone":null,"support_url":null,"url":"https://kettleandcrane.example"},"business_type":"company","capabilities":{"card_payments":"active","transfers":"active"},"charges_enabled":true,"controller":{"type":"account"},"country":"IE","created":1577872800,"default_currency":"eur","details_submitted":true,"email":"owner@kettleandcrane.example","external_accounts":{"object":"list","data":[],"has_more":false,"url":"/v1/accounts/acct_1Kettle0Crane0Co/external_accounts"},"future_requirements":{},"metadata":{},"object":"account","payouts_enabled":true,"requirements":{},"settings":{"branding":{"icon":null,"logo":null,"primary_color":null,"secondary_color":null},"card_payments":{"statement_descriptor_prefix":"KETTLE","statement_descriptor_prefix_kana":null,"statement_descriptor_prefix_kanji":null},"dashboard":{"display_name":"Kettle & Crane","timezone":"Europe/Dublin"},"payments":{"statement_descriptor":"KETTLE AND CRANE","statement_descriptor_kana":null,"statement_descriptor_kanji":null}},"tos_acceptance":{"date":1577872800},"type":"standard"}`

// platformResources are the account, events and webhook endpoints.
func platformResources() []*resource {
	return []*resource{accountResource(), eventResource(), endpointResource()}
}

func accountResource() *resource {
	r := &resource{object: "account", noun: "account", path: "/v1/accounts", prefix: "acct_", suffix: 16, idParam: "account", blank: accountBlank}
	r.ops = []operation{
		{"GET", "/v1/account", nil, false, func(c *call) (object, error) { return c.get(accountID), nil }},
		r.retrieve(),
	}
	return r
}

func eventResource() *resource {
	r := &resource{object: "event", noun: "event", path: "/v1/events", prefix: "evt_", suffix: 24, idParam: "id",
		blank: `{"id":"","object":"event","api_version":null,"created":0,"data":{},"livemode":false,"pending_webhooks":0,"request":null,"type":""}`}
	list := r.list(nil,
		filter{opt("type", text), func(_ *tx, o object, v any) bool { return typeMatches(str(o, "type"), v.(string)) }},
		filter{opt("types", atMost(20, text)), func(_ *tx, o object, v any) bool {
			for _, one := range v.([]any) {
				if typeMatches(str(o, "type"), one.(string)) {
					return true
				}
			}
			return false
		}},
		filter{opt("delivery_success", boolean), func(_ *tx, o object, v any) bool { return (num(o, "pending_webhooks") == 0) == v.(bool) }},
		by("created", span))
	run := list.run
	list.run = func(c *call) (object, error) {
		if c.has("type") && c.has("types") {
			return nil, invalid("types", "", "You may not specify both `type` and `types`.")
		}
		return run(c)
	}
	retry := operation{"POST", "/v1/events/:id/retry", []param{opt("webhook_endpoint", reference("webhook_endpoint"))}, false, func(c *call) (object, error) {
		if _, err := r.named(c); err != nil {
			return nil, err
		}
		event := c.edit(c.vars["id"])
		for endpoint := range c.where("webhook_endpoint", "status", "enabled") {
			id := str(endpoint, "id")
			if asked := str(c.given, "webhook_endpoint"); asked == id || asked == "" && wants(endpoint, str(event, "type")) {
				c.deliver(event, id)
			}
		}
		return event, nil
	}}
	r.ops = []operation{list, r.retrieve(), retry}
	return r
}

// typeMatches compares an event's type with an exact one or a pattern (invoice.*).
func typeMatches(kind, pattern string) bool {
	if before, after, star := strings.Cut(pattern, "*"); star {
		return len(kind) >= len(before)+len(after) && strings.HasPrefix(kind, before) && strings.HasSuffix(kind, after)
	}
	return kind == pattern
}

func endpointResource() *resource {
	r := &resource{object: "webhook_endpoint", noun: "webhook endpoint", path: "/v1/webhook_endpoints", prefix: "we_", suffix: 24, idParam: "webhook_endpoint",
		blank: `{"id":"","api_version":null,"application":null,"created":0,"description":null,"enabled_events":[],"livemode":false,"metadata":{},"object":"webhook_endpoint","status":"enabled","url":""}`}
	eventKinds := atMost(300, words(eventTypes))
	create := []param{req("url", link), req("enabled_events", eventKinds), opt("description", text), opt("metadata", metadata), opt("api_version", oneOf(APIVersion))}
	create = append(create, absent("connect")...)
	update := []param{opt("url", link), opt("enabled_events", eventKinds), opt("description", text), own(opt("disabled", boolean)), opt("metadata", metadata)}
	creating := r.create(create, createEndpoint)
	run := creating.run
	creating.run = func(c *call) (object, error) {
		o, err := run(c)
		if err != nil {
			return nil, err
		}
		answer := cloneObject(o) // the secret is told once
		answer["secret"] = o["_secret"]
		return answer, nil
	}
	r.ops = []operation{
		creating, r.retrieve(), r.list(nil),
		r.update(update, func(c *call, o object) error {
			if disabled, sent := c.given["disabled"].(bool); sent {
				o["status"] = map[bool]string{true: "disabled", false: "enabled"}[disabled]
			}
			return checkEndpoint(c, o)
		}),
		r.erase(func(*call, object) error { return nil }),
	}
	return r
}

func createEndpoint(c *call, o object) error {
	if err := checkEndpoint(c, o); err != nil {
		return err
	}
	count := 0
	for range c.each("webhook_endpoint") {
		count++
	}
	if count >= 16 {
		return invalid("", "", "You have reached the maximum of 16 test webhook endpoints.")
	}
	o["_secret"] = "whsec_" + randomText(32)
	c.insert(o)
	return nil
}

// checkEndpoint keeps deliveries on this machine (5.3).
func checkEndpoint(c *call, o object) error {
	if len(itemsAt(o, "enabled_events")) == 0 {
		return emptyParam("enabled_events")
	}
	if c.srv.o.Anyhost {
		return nil
	}
	u, err := url.Parse(str(o, "url"))
	if err != nil || !loopbackHost(net.JoinHostPort(u.Hostname(), "80")) {
		return invalid("url", "url_invalid", "Invalid URL: this sandbox delivers webhooks only to loopback addresses, such as http://127.0.0.1:4242/webhook.")
	}
	return nil
}
