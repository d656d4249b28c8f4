package where

import (
	"bytes"
	"encoding/json"
	"fmt"
	"testing"
)

// anEvent is an event as Stripe sends it, without white space: 1.6 KB.
const anEvent = `{"id":"evt_3Nq8ZxKZ6o5X0aB81xK9mQ2L","object":"event","api_version":"2023-10-16","created":1732321234,"data":{"object":{"id":"ch_3Nq8ZxKZ6o5X0aB81aB7cD3E","object":"charge","amount":4200,"amount_captured":4200,"amount_refunded":0,"application":null,"application_fee":null,"balance_transaction":"txn_3Nq8ZxKZ6o5X0aB81pQ5rS6T","billing_details":{"address":{"city":"Köln","country":"DE","line1":"Domkloster 4","line2":null,"postal_code":"50667","state":null},"email":"jane.roe@example.com","name":"Jane Roe","phone":"+49 221 9258470"},"calculated_statement_descriptor":"BURSAR SHOP","captured":true,"created":1732321230,"currency":"eur","customer":"cus_NffrFeUfNV2Hib","description":"Order 10432: 2 × house blend","disputed":false,"failure_code":null,"failure_message":null,"fraud_details":{},"invoice":null,"livemode":false,"metadata":{"order":"10432","channel":"web"},"on_behalf_of":null,"outcome":{"network_status":"approved_by_network","reason":null,"risk_level":"normal","risk_score":22,"seller_message":"Payment complete.","type":"authorized"},"paid":true,"payment_intent":"pi_3Nq8ZxKZ6o5X0aB81uV8wX9Y","payment_method":"pm_1Nq8ZwKZ6o5X0aB8yZ0aB1cD","payment_method_details":{"card":{"brand":"visa","checks":{"address_line1_check":"pass","address_postal_code_check":"pass","cvc_check":"pass"},"country":"US","exp_month":8,"exp_year":2027,"fingerprint":"Xt5EWLLDS7FJjR1c","funding":"credit","last4":"4242","network":"visa"},"type":"card"},"receipt_email":"jane.roe@example.com","refunded":false,"shipping":null,"status":"succeeded"}},"livemode":false,"pending_webhooks":1,"request":{"id":"req_8Zk2mQ4nR6sT8u","idempotency_key":"3f2b8c1e-7a54-4b8d-9b1e-0f6a7c8d9e10"},"type":"charge.succeeded"}`

func BenchmarkMatch(b *testing.B) {
	doc := []byte(anEvent)
	for _, query := range []string{
		`{"data.object.amount":{"$gte":100000}}`,
		`{"data.object.billing_details.email":"john@example.com"}`,
		`{"type":"charge.succeeded","data.object.status":"failed","data.object.currency":{"$in":["usd","gbp"]}}`,
		`{"data.object.description":{"$regex":"order 2\\d+","$options":"i"}}`,
		`{"data.object.description":{"$iLike":"espresso"}}`,
		`{"data.object.metadata":{"order":"10433","channel":"web"}}`,
		`{"$filters":[{"column":"data.object.amount","condition":">","value":5000}]}`,
		`{"$search":"john"}`,
		`{"$fact":{"amount":{"$gt":5000}}}`,
	} {
		b.Run(fmt.Sprintf("%.40s", query), func(b *testing.B) {
			m := mustParse(b, query).Matcher()
			b.SetBytes(int64(len(doc)))
			b.ReportAllocs()
			for b.Loop() {
				if found, err := m.Match(doc, Facts{}); err != nil || found {
					b.Fatal(found, err)
				}
			}
		})
	}
}

// Stripe delivers events with white space: 2.7 KB for the same one.
func BenchmarkMatchIndented(b *testing.B) {
	var doc bytes.Buffer
	if err := json.Indent(&doc, []byte(anEvent), "", "  "); err != nil {
		b.Fatal(err)
	}
	m := mustParse(b, `{"data.object.amount":{"$gte":100000}}`).Matcher()
	b.SetBytes(int64(doc.Len()))
	for b.Loop() {
		if found, err := m.Match(doc.Bytes(), Facts{}); err != nil || found {
			b.Fatal(found, err)
		}
	}
}

func BenchmarkWords(b *testing.B) {
	doc := []byte(anEvent)
	b.SetBytes(int64(len(doc)))
	b.ReportAllocs()
	for b.Loop() {
		Words(doc)
	}
}
