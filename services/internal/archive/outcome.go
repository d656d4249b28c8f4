package archive

import (
	"strings"

	"bursar/services"
)

// outcomeOf derives what an event says happened from its type and, where the
// type alone does not tell, from the object's status. Types that Stripe adds
// later fall under the rules for their last word.
func outcomeOf(kind, status, paymentStatus string) services.EventOutcome {
	switch kind {
	case "checkout.session.completed":
		if paymentStatus == "unpaid" { // a delayed payment method: the money is still to come
			return services.EventPending
		}
		return services.EventSucceeded
	case "charge.dispute.closed":
		return closedDispute(status)
	case "charge.dispute.funds_reinstated", "charge.captured":
		return services.EventSucceeded
	case "charge.dispute.created", "charge.dispute.updated", "charge.dispute.funds_withdrawn",
		"radar.early_fraud_warning.created", "review.opened",
		"customer.subscription.trial_will_end", "customer.subscription.paused",
		"invoice.payment_action_required", "invoice.finalization_failed", "invoice.overdue":
		return services.EventAttention
	case "payment_intent.amount_capturable_updated", "payment_intent.partially_funded":
		return services.EventPending
	case "customer.subscription.deleted":
		return services.EventCanceled
	case "customer.subscription.resumed":
		return services.EventSucceeded
	case "invoice.marked_uncollectible":
		return services.EventFailed
	case "customer.subscription.created", "customer.subscription.updated":
		return subscription(status)
	}
	if strings.HasPrefix(kind, "refund.") || strings.HasPrefix(kind, "charge.refund.") {
		return refund(kind, status)
	}
	return lastWord(kind)
}

func closedDispute(status string) services.EventOutcome {
	switch status {
	case "won":
		return services.EventSucceeded
	case "lost":
		return services.EventFailed
	}
	return services.EventNeutral // an inquiry that ended without a dispute
}

func subscription(status string) services.EventOutcome {
	switch status {
	case "past_due", "unpaid", "paused":
		return services.EventAttention
	case "incomplete":
		return services.EventPending
	case "incomplete_expired", "canceled":
		return services.EventCanceled
	}
	return services.EventNeutral
}

func refund(kind, status string) services.EventOutcome {
	switch status {
	case "succeeded":
		return services.EventRefunded
	case "pending":
		return services.EventPending
	case "requires_action":
		return services.EventAttention
	case "failed":
		return services.EventFailed
	case "canceled":
		return services.EventCanceled
	}
	return lastWord(kind)
}

// lastWord judges a type by how its last part ends, the way Stripe names types:
// "payment_intent.payment_failed", "payout.paid".
func lastWord(kind string) services.EventOutcome {
	last := kind[strings.LastIndexByte(kind, '.')+1:]
	word := last[strings.LastIndexByte(last, '_')+1:]
	switch {
	case word == "succeeded", word == "paid", word == "completed":
		return services.EventSucceeded
	case word == "failed":
		return services.EventFailed
	case word == "canceled", word == "voided", word == "expired":
		return services.EventCanceled
	case word == "refunded":
		return services.EventRefunded
	case word == "processing", word == "pending":
		return services.EventPending
	case last == "requires_action", strings.HasSuffix(last, "_action_required"):
		return services.EventAttention
	}
	return services.EventNeutral
}
