#include "report/html.hpp"
#include "report/plots.hpp"
#include "report/png.hpp"

#include <catch2/catch.hpp>

using namespace spikewell;
using namespace spikewell::report;
using Catch::Matchers::Contains;
using nlohmann::json;

namespace {

Document page(Block block) {
    return {"Title", "", {{"Section", {std::move(block)}}}};
}

Plot plot(const json& values) {
    return {"", {{"panels", {{{"marks", values}}}}}};
}

std::size_t count(const std::string& text, const std::string& part) {
    std::size_t n = 0;
    for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) {
        ++n;
    }
    return n;
}

Document one_of_each_block() {
    return {"A <title>",
            "A & subtitle",
            {{"First", {Paragraph{"text"}, Table{"table", {"h", "i"}, {{"a", "1"}, {"b", "2"}}}}},
             {"Second", {ImageRow{"images", {{Matrix(2, 2), "one"}}, 0.5, 4}, plot({1, 2})}}}};
}

} // namespace

TEST_CASE("Text given to a report cannot become markup", "[report]") {
    const std::string text = R"(<b>&"'</script>)";
    const std::string written = "&lt;b&gt;&amp;&quot;&#39;&lt;/script&gt;";
    const Document document{
        text,
        text,
        {{text,
          {Paragraph{text}, Table{text, {text}, {{text, text}}},
           ImageRow{text, {{Matrix(1, 1), text}}, 1.0, 1}, Plot{text, json::object()}}},
         {"Other", {}}}};

    const std::string html = to_html(document);

    CHECK(html.find(text) == std::string::npos);
    // Title twice, subtitle, section and its line of contents, paragraph, 4 of the table, 3 of the
    // images (one as alt), 1 of the plot.
    CHECK(count(html, written) == 14);
}

TEST_CASE("A specification cannot end the script it stands in", "[report]") {
    const std::string html = to_html(page(plot({{{"name", "</script><!--<script>"}}})));

    CHECK(html.find("</script><!--") == std::string::npos);
    CHECK_THAT(html, Contains("\\u003c/script>\\u003c!--\\u003cscript>"));
}

TEST_CASE("Bytes that are no UTF-8 do not stop a report", "[report]") {
    CHECK_NOTHROW(to_html(page(plot({{{"name", "\xff"}}}))));
}

TEST_CASE("A page is one file that loads nothing", "[report]") {
    const std::string html = to_html(one_of_each_block());

    CHECK_THAT(html, Contains("default-src 'none'; img-src data:;"));
    for (const char* load :
         {"src=\"http", "src='http", "href=\"http", "href='http", "url(http", "url(\"http",
          "@import", "<link", "<script src", "<iframe", "sourceMappingURL"}) {
        INFO(load);
        CHECK(html.find(load) == std::string::npos);
    }
}

TEST_CASE("Each section can be reached from the contents", "[report]") {
    const std::string html = to_html(one_of_each_block());

    CHECK_THAT(html, Contains("<a href=\"#section-1\">First</a>"));
    CHECK_THAT(html, Contains("<section id=\"section-1\">\n<h2>First</h2>"));
    CHECK_THAT(html, Contains("<a href=\"#section-2\">Second</a>"));
    CHECK_THAT(html, Contains("<section id=\"section-2\">\n<h2>Second</h2>"));
}

TEST_CASE("The first cell of a row is its heading", "[report]") {
    const std::string html = to_html(one_of_each_block());

    CHECK_THAT(html, Contains("<th scope=\"col\">h</th><th scope=\"col\">i</th>"));
    CHECK_THAT(html, Contains("<tr><th scope=\"row\">a</th><td>1</td></tr>"));
    CHECK_THAT(html, Contains("<figcaption>table</figcaption>"));
}

TEST_CASE("Images are enlarged and share a labelled colour bar", "[report]") {
    Matrix values(2, 3);
    values(1, 1) = 0.25;

    const std::string html =
        to_html(page(ImageRow{"row", {{values, "one"}, {values, "two"}}, 0.5, 4}));

    CHECK(count(html, data_uri(matrix_png(values, 0.5))) == 2);
    CHECK(count(html, "width=\"12\" height=\"8\"") == 2);
    CHECK_THAT(html, Contains("<span>&minus;0.5</span><img src=\"" + data_uri(colour_bar_png())));
    CHECK_THAT(html, Contains("<span>0.5</span></div>"));
}

TEST_CASE("A colour bar tells where values lie beyond it", "[report]") {
    Matrix values(1, 3);
    values(0, 1) = 0.75;
    const std::string html = to_html(page(ImageRow{"row", {{values, "one"}}, 0.5, 4}));
    CHECK_THAT(html, Contains("<span>&minus;0.5</span><img"));
    CHECK_THAT(html, Contains("<span>&ge;&nbsp;0.5</span></div>"));
}

TEST_CASE("A plot stands in the page with its caption, and is missed without scripts", "[report]") {
    Plot drawn = plot({1, 2});
    drawn.caption = "what it shows";

    const std::string html = to_html(page(PlotGrid{{drawn, drawn}, 300}));

    CHECK(count(html, "<figcaption>what it shows</figcaption>") == 2);
    CHECK(count(html, "<noscript>This plot needs JavaScript.</noscript>") == 2);
    CHECK_THAT(html, Contains("<div class=\"plots\" style=\"--plot: 300px\">"));
    CHECK_THAT(html, Contains(drawn.spec.dump()));
}

TEST_CASE("A grid of images tells each row's scale and what belongs to each image", "[report]") {
    const Matrix image(2, 2, 1.0);

    const std::string html = to_html(page(
        ImageGrid{"grid", {{"target", {{image, ""}}, 2.0}, {"rate", {{image, "0.5"}}, 0.25}}}));

    CHECK_THAT(html, Contains("<th scope=\"row\">target<br>±2</th>"));
    CHECK_THAT(html, Contains("<th scope=\"row\">rate<br>±0.25</th>"));
    CHECK_THAT(html, Contains("<span>0.5</span></td>"));
    CHECK(count(html, data_uri(matrix_png(image, 2.0))) == 1);
    CHECK(count(html, data_uri(matrix_png(image, 0.25))) == 1);
}

TEST_CASE("A page's own weight is small", "[report]") {
    CHECK(to_html(page(Paragraph{"text"})).size() < 70'000);
}

TEST_CASE("A page of the couplings of 784 nodes stays small", "[report]") {
    Matrix coupling(784, 784);
    std::uint32_t state = 1;
    for (double& x : coupling.values) {
        state = state * 1664525U + 1013904223U;
        x = static_cast<double>(state >> 8U);
    }
    const Plot one{"", matrix_plot(coupling, {"from", "to", "J"}, 1e7, true)};

    CHECK(to_html(page(PlotGrid{{one, one}})).size() < 2'000'000);
}
