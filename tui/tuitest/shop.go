package tuitest

import (
	"time"

	"bursar/services"
)

// Shop returns fakes that answer every reading call of a small shop in the
// sandbox: its configuration, the archive's state, an open checkout, two sales
// and the newest events.
func Shop() *Fakes {
	return &Fakes{
		Show:     func(string) (services.ConfigurationView, error) { return SandboxView(), nil },
		Profiles: func() ([]services.Profile, error) { return Profiles(), nil },
		ProductSources: func() ([]services.ProductSource, error) {
			return []services.ProductSource{{Number: 1, Name: "Demo shop", Rows: 10}, {Number: 2, Name: "Workshops", Rows: 3}}, nil
		},
		Unsettled: func() ([]services.Session, error) { return []services.Session{OpenSession()}, nil },
		Recent:    func(int) ([]services.Receipt, error) { return Sales(), nil },
		List: func(q services.LogQuery) (services.LogPage, error) {
			events := Events()
			return services.LogPage{Events: events[min(q.Offset, len(events)):], Total: 1312, Offset: q.Offset}, nil
		},
		Health: func() (services.LogHealth, error) {
			return services.LogHealth{Events: 1312, Newest: now.Add(-12 * time.Second), Oldest: now.AddDate(0, -9, 0), LastSync: now.Add(-42 * time.Second),
				LastWebhook: now.Add(-12 * time.Second), Receiving: "http://127.0.0.1:8787"}, nil
		},
	}
}

// SandboxView is the sandbox's configuration.
func SandboxView() services.ConfigurationView {
	return services.ConfigurationView{
		Profile:        services.Profile{Name: services.SandboxProfile, Mode: services.ModeTest, Sandbox: true, AccountID: "acct_1Sandbox00000001", AccountName: "Kettle & Crane"},
		PublishableKey: services.Setting{Set: true, Masked: "pk_test_…0001", From: "built in"},
		SecretKey:      services.Setting{Set: true, Masked: "sk_test_…0001", From: "built in"},
		SigningSecret:  services.Setting{Set: true, Masked: "whsec_…9f3c", From: "built in"},
		ProductSource:  services.ProductSource{Number: 1, Name: "Demo shop", Rows: 10},
		WebhookURL:     "http://127.0.0.1:8787/v1/billing/webhook/apps/8a85a2edc3f3a774ac06f",
		WebhookReach:   services.ReachLoopback, Storage: "the system's keyring", SubscribeTo: services.WebhookEvents(),
	}
}

// AccountView is the configuration of a profile on a Stripe account in test mode,
// all of it set.
func AccountView() services.ConfigurationView {
	checked := now.Add(-26 * time.Hour)
	return services.ConfigurationView{
		Profile:        services.Profile{Name: "acme", Mode: services.ModeTest, AccountID: "acct_1NvQ2b3c4d5e8Q2x", AccountName: "Acme GmbH"},
		PublishableKey: services.Setting{Set: true, Masked: "pk_test_…77aa", From: "profile"},
		SecretKey:      services.Setting{Set: true, Masked: "rk_test_…4f2a", From: "keyring"},
		SigningSecret:  services.Setting{Set: true, Masked: "whsec_…9f3c", From: "keyring"},
		ProductSource:  services.ProductSource{Number: 1, Name: "Demo shop", Rows: 10},
		WebhookURL:     "https://pay.acme.example/v1/billing/webhook/apps/8a85a2edc3f3a774ac06f",
		WebhookReach:   services.ReachPublic, Storage: "the system's keyring", SubscribeTo: services.WebhookEvents(), VerifiedAt: &checked,
	}
}

// Profiles are the sandbox, an account in test mode and one in live mode.
func Profiles() []services.Profile {
	return []services.Profile{SandboxView().Profile, AccountView().Profile,
		{Name: "acme-live", Mode: services.ModeLive, AccountID: "acct_1NvQ2b3c4d5e8Q2x", AccountName: "Acme GmbH"}}
}

// OpenSession is a checkout that can still be paid.
func OpenSession() services.Session {
	return services.Session{ID: "cs_test_a1OpenOpenOpenOpen01", URL: "https://checkout.stripe.com/c/pay/cs_test_a1", Mode: services.PaymentMode, Status: "open", PaymentStatus: "unpaid",
		Email: "ada@example.com", Total: services.Money{Amount: 4200, Currency: "eur"}, Created: now.Add(-8 * time.Minute), ExpiresAt: now.Add(23 * time.Hour), Summary: "2 × Stovetop kettle"}
}

// Sales are a sale that was paid and one that was given up.
func Sales() []services.Receipt {
	paid, lost := OpenSession(), OpenSession()
	paid.ID, paid.Status, paid.PaymentStatus, paid.Summary = "cs_test_a1PaidPaidPaidPaid01", "complete", "paid", "1 × Crane mug, 1 × Filter papers"
	paid.Email, paid.Created = "yuki@example.jp", now.Add(-3*time.Hour)
	lost.ID, lost.Status, lost.Created, lost.Email = "cs_test_a1LostLostLostLost01", "expired", now.Add(-50*time.Hour), ""
	return []services.Receipt{
		{Session: paid, Outcome: services.OutcomeCompleted, Amount: services.Money{Amount: 2400, Currency: "jpy"}, Charge: "ch_3Paid00000000000001", Card: "Visa ···· 4242", CheckedAt: now},
		{Session: lost, Outcome: services.OutcomeIncomplete, CheckedAt: now},
	}
}

// Events are the newest archived events, without their bytes.
func Events() []services.Event {
	money := func(amount int64, currency string) *services.Money {
		return &services.Money{Amount: amount, Currency: currency}
	}
	at := func(age time.Duration) time.Time { return now.Add(-age) }
	return []services.Event{
		{ID: "evt_1Pq9a2b3c4d5Zk31", Type: "payment_intent.succeeded", Created: at(12 * time.Second), ObjectID: "pi_3Pq9Zk31", Customer: "cus_Pq77a1b2c3d41a", Amount: money(4200, "usd"), Outcome: services.EventSucceeded},
		{ID: "evt_1Pq9a2b3c4d5Zk32", Type: "checkout.session.completed", Created: at(13 * time.Second), Customer: "cus_Pq77a1b2c3d41a", Amount: money(4200, "usd"), Outcome: services.EventSucceeded},
		{ID: "evt_1Pq9a2b3c4d5Qw02", Type: "payment_intent.payment_failed", Created: at(3 * time.Minute), Customer: "cus_Lm12b3c4d5e62b", Amount: money(11900, "eur"), Outcome: services.EventFailed},
		{ID: "evt_1Pq8a2b3c4d5Mm17", Type: "charge.refunded", Created: at(22 * time.Minute), Customer: "cus_Lm12b3c4d5e62b", Amount: money(1500, "usd"), Outcome: services.EventRefunded},
		{ID: "evt_1Pq8a2b3c4d5Mm18", Type: "customer.subscription.updated", Created: at(5 * time.Hour), Customer: "cus_Zz98y7x6w5v43c", Outcome: services.EventNeutral},
		{ID: "evt_1Pq8a2b3c4d5Mm19", Type: "invoice.paid", Created: at(5 * time.Hour), Customer: "cus_Zz98y7x6w5v43c", Amount: money(2400, "jpy"), Outcome: services.EventSucceeded},
		{ID: "evt_1Pq7a2b3c4d5Mm20", Type: "charge.dispute.created", Created: at(49 * time.Hour), Customer: "cus_Kw55e6f7g8h94d", Amount: money(12500, "kwd"), Outcome: services.EventAttention},
		{ID: "evt_1Pq7a2b3c4d5Mm21", Type: "customer.created", Created: at(70 * 24 * time.Hour), Customer: "cus_Kw55e6f7g8h94d", Outcome: services.EventNeutral},
	}
}
