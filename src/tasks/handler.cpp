#include "leat/handler.hpp"

namespace leat {

std::string_view to_string(CancelReason reason) noexcept {
    switch (reason) {
        case CancelReason::none:
            return "none";
        case CancelReason::cancelled:
            return "cancelled";
        case CancelReason::timeout:
            return "timeout";
        case CancelReason::lease_lost:
            return "lease_lost";
        case CancelReason::shutdown:
            return "shutdown";
    }
    return "unknown";
}

Verdict verdict_of_current_exception() {
    try {
        throw;
    } catch (Dead const& dead) {
        return dead;
    } catch (RetryAfter const& later) {
        return later;
    } catch (Retry const& retry) {
        return retry;
    } catch (std::exception const& error) {
        return Retry{error.what()};
    } catch (...) {
        return Retry{"threw something that is no std::exception"};
    }
}

Verdict verdict_of(json const& result) {
    return Success{result.dump(-1, ' ', false, json::error_handler_t::replace)};
}

}  // namespace leat
