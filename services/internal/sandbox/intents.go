package sandbox

// intentOperations are what can be done with an intent that Checkout made:
// capture an authorisation, or cancel it.
func intentOperations(r *resource) []operation {
	capture := []param{opt("amount_to_capture", atLeast(1)), opt("metadata", metadata)}
	reasons := oneOf("duplicate", "fraudulent", "requested_by_customer", "abandoned")
	update := []param{opt("description", text), opt("metadata", metadata), opt("receipt_email", email), opt("shipping", shippingHash)}
	return []operation{
		r.update(update, func(*call, object) error { return nil }),
		{"POST", r.path + "/:id/capture", capture, false, func(c *call) (object, error) {
			pi, err := r.named(c)
			if err != nil {
				return nil, err
			}
			if pi["status"] != "requires_capture" {
				return nil, unexpectedState(c, pi, "captured", "requires_capture")
			}
			amount := num(pi, "amount_capturable")
			if n, sent := c.given["amount_to_capture"].(int64); sent {
				if n > amount {
					return nil, invalid("amount_to_capture", "amount_too_large", "The amount to capture (%d) is more than can be captured (%d).", n, amount)
				}
				amount = n
			}
			pi = c.edit(c.vars["id"])
			if err := echo(pi, c.given, capture); err != nil {
				return nil, err
			}
			c.capture(pi, amount)
			return pi, nil
		}},
		{"POST", r.path + "/:id/cancel", []param{opt("cancellation_reason", reasons)}, false, func(c *call) (object, error) {
			pi, err := r.named(c)
			if err != nil {
				return nil, err
			}
			if s := pi["status"]; s == "succeeded" || s == "canceled" || s == "processing" {
				return nil, unexpectedState(c, pi, "canceled", "requires_payment_method, requires_capture, requires_confirmation, requires_action, processing")
			}
			pi = c.edit(c.vars["id"])
			c.cancelIntent(pi, str(c.given, "cancellation_reason"))
			return pi, nil
		}},
	}
}

func unexpectedState(c *call, pi object, what, from string) error {
	e := invalid("", "payment_intent_unexpected_state", "This PaymentIntent could not be %s because it has a status of %s. Only a PaymentIntent with one of the following statuses may be %s: %s.", what, pi["status"], what, from)
	e.extra = object{"payment_intent": c.view(pi)}
	return e
}
