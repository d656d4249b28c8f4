package sandbox

import "strings"

const intentBlank = `{"id":"","object":"payment_intent","amount":0,"amount_capturable":0,"amount_details":{"tip":{}},"amount_received":0,"application":null,"application_fee_amount":null,"automatic_payment_methods":null,"canceled_at":null,"cancellation_reason":null,"capture_method":"automatic","client_secret":"","confirmation_method":"automatic","created":0,"currency":"","customer":null,"description":null,"invoice":null,"last_payment_error":null,"latest_charge":null,"livemode":false,"metadata":{},"next_action":null,"on_behalf_of":null,"payment_method":null,"payment_method_configuration_details":null,"payment_method_options":{"card":{"installments":null,"mandate_options":null,"network":null,"request_three_d_secure":"automatic"}},"payment_method_types":["card"],"processing":null,"receipt_email":null,"review":null,"setup_future_usage":null,"shipping":null,"source":null,"statement_descriptor":null,"statement_descriptor_suffix":null,"status":"requires_payment_method","transfer_data":null,"transfer_group":null}`

const chargeBlank = `{"id":"","object":"charge","amount":0,"amount_captured":0,"amount_refunded":0,"application":null,"application_fee":null,"application_fee_amount":null,"balance_transaction":null,"billing_details":{},"calculated_statement_descriptor":null,"captured":true,"created":0,"currency":"","customer":null,"description":null,"disputed":false,"failure_balance_transaction":null,"failure_code":null,"failure_message":null,"fraud_details":{},"invoice":null,"livemode":false,"metadata":{},"on_behalf_of":null,"outcome":null,"paid":false,"payment_intent":null,"payment_method":null,"payment_method_details":null,"radar_options":{},"receipt_email":null,"receipt_number":null,"receipt_url":null,"refunded":false,"review":null,"shipping":null,"source":null,"source_transfer":null,"statement_descriptor":null,"statement_descriptor_suffix":null,"status":"succeeded","transfer_data":null,"transfer_group":null}`

const refundBlank = `{"id":"","object":"refund","amount":0,"balance_transaction":null,"charge":null,"created":0,"currency":"","destination_details":{"card":{"reference_status":"pending","reference_type":"acquirer_reference_number","type":"refund"},"type":"card"},"metadata":{},"payment_intent":null,"reason":null,"receipt_number":null,"source_transfer_reversal":null,"status":"succeeded","transfer_reversal":null}`

const transactionBlank = `{"id":"","object":"balance_transaction","amount":0,"available_on":0,"created":0,"currency":"","description":null,"exchange_rate":null,"fee":0,"fee_details":[],"net":0,"reporting_category":"charge","source":null,"status":"pending","type":"charge"}`

const setupBlank = `{"id":"","object":"setup_intent","application":null,"automatic_payment_methods":null,"cancellation_reason":null,"client_secret":"","created":0,"customer":null,"description":null,"flow_directions":null,"last_setup_error":null,"latest_attempt":null,"livemode":false,"mandate":null,"metadata":{},"next_action":null,"on_behalf_of":null,"payment_method":null,"payment_method_configuration_details":null,"payment_method_options":{"card":{"mandate_options":null,"network":null,"request_three_d_secure":"automatic"}},"payment_method_types":["card"],"single_use_mandate":null,"status":"requires_payment_method","usage":"off_session"}`

// paymentResources are what a payment is made of.
func paymentResources() []*resource {
	return []*resource{intentResource(), chargeResource(), refundResource(), transactionResource(), setupResource()}
}

func intentResource() *resource {
	r := &resource{object: "payment_intent", noun: "payment_intent", path: "/v1/payment_intents", prefix: "pi_", suffix: 24, idParam: "intent", blank: intentBlank,
		expand: map[string]string{"application": "", "customer": "customer", "invoice": "invoice", "latest_charge": "charge", "on_behalf_of": "account", "payment_method": "payment_method", "review": "", "source": ""},
		search: searchFields("created:n amount:n currency:s customer:s status:s")}
	retrieve := r.retrieve()
	retrieve.publishable, retrieve.params = true, []param{opt("client_secret", text)}
	run := retrieve.run
	retrieve.run = func(c *call) (object, error) {
		pi, err := run(c)
		if err == nil && c.publishable && str(c.given, "client_secret") != pi["client_secret"] {
			return nil, notFound(r.noun, c.vars["id"], r.idParam)
		}
		return pi, err
	}
	r.ops = append([]operation{retrieve, r.list(nil, by("customer", text), by("created", span)), r.searchable()}, intentOperations(r)...)
	return r
}

func chargeResource() *resource {
	r := &resource{object: "charge", noun: "charge", path: "/v1/charges", prefix: "ch_", suffix: 24, idParam: "id", blank: chargeBlank,
		expand:  map[string]string{"application": "", "balance_transaction": "balance_transaction", "customer": "customer", "failure_balance_transaction": "balance_transaction", "invoice": "invoice", "on_behalf_of": "account", "payment_intent": "payment_intent", "review": "", "source_transfer": ""},
		include: map[string]func(*tx, object) any{"refunds": chargeRefunds},
		search:  searchFields("created:n amount:n currency:s customer:s disputed:b refunded:b status:s billing_details.address.postal_code:s payment_method_details.card.last4:s payment_method_details.card.exp_month:n payment_method_details.card.exp_year:n payment_method_details.card.brand:s payment_method_details.card.fingerprint:s")}
	update := concat([]param{opt("description", upTo(40000)), opt("metadata", metadata), opt("receipt_email", email), opt("shipping", shippingHash)}, absent("customer fraud_details transfer_group"))
	r.ops = []operation{
		r.retrieve(), r.list(nil, by("customer", text), by("payment_intent", text), by("transfer_group", text), by("created", span)), r.searchable(),
		r.update(update, updated("charge")),
	}
	return r
}

func chargeRefunds(t *tx, o object) any {
	var data []any
	for _, row := range t.newest("refund") {
		if row.object()["charge"] == o["id"] {
			data = append(data, t.view(row.object()))
		}
	}
	return sublist(data, "/v1/charges/"+str(o, "id")+"/refunds")
}

func refundResource() *resource {
	r := &resource{object: "refund", noun: "refund", path: "/v1/refunds", prefix: "re_", suffix: 24, idParam: "id", blank: refundBlank,
		expand: map[string]string{"balance_transaction": "balance_transaction", "charge": "charge", "payment_intent": "payment_intent", "failure_balance_transaction": "balance_transaction"}}
	create := concat(owned(opt("charge", text), opt("payment_intent", text), opt("amount", atLeast(1))),
		[]param{opt("reason", oneOf("duplicate", "fraudulent", "requested_by_customer")), opt("metadata", metadata)},
		absent("currency customer instructions_email origin refund_application_fee reverse_transfer"))
	r.ops = []operation{
		r.create(create, createRefund), r.retrieve(),
		r.list(nil, by("charge", text), by("payment_intent", text), by("created", span)),
		r.update([]param{opt("metadata", metadata)}, func(c *call, o object) error {
			c.tell("charge.refund.updated", o, c.told[str(o, "id")])
			return nil
		}),
	}
	return r
}

func transactionResource() *resource {
	r := &resource{object: "balance_transaction", noun: "balance transaction", path: "/v1/balance_transactions", prefix: "txn_", suffix: 24, idParam: "id", blank: transactionBlank,
		expand: map[string]string{"source": "charge"}}
	settle := func(run func(*call) (object, error)) func(*call) (object, error) {
		return func(c *call) (object, error) {
			o, err := run(c)
			if err != nil || num(o, "available_on") > c.now {
				return o, err
			}
			return merge(merge(object{}, o), object{"status": "available"}), nil
		}
	}
	retrieve := r.retrieve()
	retrieve.run = settle(retrieve.run)
	list := r.list(nil, by("source", text), by("type", text), by("currency", currency), by("payout", text), by("created", span))
	run := list.run
	list.run = func(c *call) (object, error) {
		o, err := run(c)
		for i, e := range itemsAt(o, "data") {
			itemsAt(o, "data")[i], _ = settle(func(*call) (object, error) { return e.(object), nil })(c)
		}
		return o, err
	}
	r.ops = []operation{retrieve, list}
	return r
}

func setupResource() *resource {
	r := &resource{object: "setup_intent", noun: "setupintent", path: "/v1/setup_intents", prefix: "seti_", suffix: 24, idParam: "intent", blank: setupBlank,
		expand: map[string]string{"application": "", "customer": "customer", "latest_attempt": "", "mandate": "", "on_behalf_of": "account", "payment_method": "payment_method", "single_use_mandate": ""}}
	r.ops = []operation{r.retrieve(), r.list(nil, by("customer", text), by("payment_method", text), by("created", span))}
	return r
}

// newSetup makes a SetupIntent and tells it.
func (t *tx) newSetup(customer string) object {
	seti := t.fresh("setup_intent")
	seti["client_secret"] = str(seti, "id") + "_secret_" + t.ids.text(25)
	seti["customer"] = orNil(customer)
	t.insert(seti)
	t.emit("setup_intent.created", seti)
	return seti
}

func hyphens(code string) string { return strings.ReplaceAll(code, "_", "-") }
