#include "sentiment/rules.hpp"

#include <unordered_map>
#include <unordered_set>

namespace sentiment {
namespace {

using Words = std::unordered_set<std::string_view>;
using Valences = std::unordered_map<std::string_view, double>;

Words const& intensifiers() {
    static Words const words{
        // how much
        "absolutely", "all", "altogether", "completely", "deeply", "enormously", "entirely", "exceedingly", "extremely",
        "fully", "greatly", "highly", "hugely", "immensely", "intensely", "largely", "massively", "perfectly", "purely",
        "quite", "severely", "strongly", "thoroughly", "totally", "utterly", "vastly", "very", "well", "wholly",
        // compared with others
        "especially", "even", "exceptionally", "extra", "extraordinarily", "far", "more", "most", "much",
        "outstandingly", "particularly", "remarkably", "such", "too", "uncommonly", "unusually",
        // how sure
        "certainly", "clearly", "definitely", "genuinely", "honestly", "really", "seriously", "sincerely", "truly",
        // how it feels
        "amazingly", "awfully", "crazy", "damn", "dreadfully", "freaking", "fucking", "horribly", "incredibly",
        "insanely", "mega", "pretty", "ridiculously", "so", "super", "terribly", "unbelievably", "way", "wonderfully"};
    return words;
}

Words const& dampeners() {
    static Words const words{"a-bit",      "almost",     "barely",       "bit",       "fairly",     "faintly",
                             "hardly",     "kinda",      "less",         "little",    "marginally", "mildly",
                             "moderately", "nearly",     "occasionally", "partially", "partly",     "passably",
                             "rather",     "reasonably", "relatively",   "scarcely",  "slightly",   "somewhat",
                             "sorta",      "sometimes",  "tolerably"};
    return words;
}

// Written with an apostrophe the ending says it; without, the verb before it.
bool is_contracted_negation(std::string_view word) {
    static Words const verbs{"ai",   "are", "ca",   "could", "did",    "do",  "does", "had", "has",
                             "have", "is",  "must", "need",  "should", "was", "were", "wo",  "would"};
    if (word.ends_with("n't")) return true;
    return word.ends_with("nt") && verbs.contains(word.substr(0, word.size() - 2));
}

Words const& negations() {
    static Words const words{"cannot", "neither", "never",   "no",      "nobody", "none",   "nope",
                             "nor",    "not",     "nothing", "nowhere", "rarely", "seldom", "without"};
    return words;
}

Valences const& idioms() {
    static Valences const valences{{"arm and a leg", -1.2},   {"as good as new", 2.0},     {"beyond repair", -2.0},
                                   {"can't complain", 1.2},   {"can't go wrong", 2.2},     {"can't wait", 1.8},
                                   {"cant wait", 1.8},        {"did the trick", 1.8},      {"does the trick", 1.8},
                                   {"fall apart", -1.8},      {"falling apart", -1.8},     {"falls apart", -1.8},
                                   {"fed up", -1.8},          {"fell apart", -1.8},        {"first class", 2.2},
                                   {"get rid of", -1.2},      {"gets on my nerves", -2.2}, {"go wrong", -1.4},
                                   {"hit or miss", -0.6},     {"hot mess", -1.6},          {"last straw", -2.0},
                                   {"let down", -1.6},        {"like a charm", 2.0},       {"like a dream", 2.2},
                                   {"my cup of tea", 1.4},    {"no problem", 0.8},         {"no problems", 1.0},
                                   {"no worries", 1.2},       {"out of order", -1.4},      {"over the moon", 3.0},
                                   {"over the top", -0.6},    {"pain in the neck", -2.0},  {"piece of cake", 1.5},
                                   {"piece of junk", -2.6},   {"ripped off", -2.4},        {"rip off", -2.2},
                                   {"second to none", 3.0},   {"the last thing", -0.8},    {"thumbs down", -2.0},
                                   {"thumbs up", 2.0},        {"top notch", 2.5},          {"up to scratch", 1.0},
                                   {"waste of money", -2.4},  {"waste of time", -2.2},     {"went wrong", -1.6},
                                   {"worth every cent", 2.5}, {"worth every penny", 2.5},  {"yeah right", -1.6}};
    return valences;
}

}  // namespace

std::optional<double> degree_of(std::string_view word) {
    if (intensifiers().contains(word)) return kDegree;
    if (dampeners().contains(word)) return -kDegree;
    return std::nullopt;
}

bool is_negation(std::string_view word) {
    return is_contracted_negation(word) || negations().contains(word);
}

std::optional<double> idiom_valence(std::string_view phrase) {
    auto const found = idioms().find(phrase);
    if (found == idioms().end()) return std::nullopt;
    return found->second;
}

}  // namespace sentiment
