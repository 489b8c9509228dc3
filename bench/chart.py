"""A chart as SVG: its axes here, its marks by the scripts that draw one."""

WIDTH, HEIGHT, LEFT, BOTTOM, TOP = 640, 360, 64, 48, 40


class Chart:
    """Linear axes from x_range to y_range; `right` is the margin at the right, in pixels. A logarithmic axis passes its values as logarithms."""

    def __init__(self, title, x_range, y_range, right):
        self.x_range, self.y_range, self.right = x_range, y_range, right
        self.parts = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" viewBox="0 0 {WIDTH} {HEIGHT}" '
                      'font-family="sans-serif" font-size="13">', f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
                      f'<text x="{WIDTH / 2}" y="22" text-anchor="middle" font-size="15">{title}</text>']

    def x(self, value):
        first, last = self.x_range
        return LEFT + (value - first) / (last - first) * (WIDTH - LEFT - self.right)

    def y(self, value):
        low, high = self.y_range
        return HEIGHT - BOTTOM - (value - low) / (high - low) * (HEIGHT - BOTTOM - TOP)

    def add(self, part):
        self.parts.append(part)

    def x_tick(self, value, label, line=True):
        x = f"{self.x(value):.1f}"
        if line:
            self.add(f'<line x1="{x}" x2="{x}" y1="{TOP}" y2="{HEIGHT - BOTTOM}" stroke="#eee"/>')
        self.add(f'<text x="{x}" y="{HEIGHT - BOTTOM + 18}" text-anchor="middle">{label}</text>')

    def y_tick(self, value, label):
        y = self.y(value)
        self.add(f'<line x1="{LEFT}" x2="{WIDTH - self.right}" y1="{y:.1f}" y2="{y:.1f}" stroke="#ddd"/>')
        self.add(f'<text x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{label}</text>')

    def name_axes(self, x_name, y_name):
        self.add(f'<text x="{WIDTH / 2}" y="{HEIGHT - 10}" text-anchor="middle">{x_name}</text>')
        self.add(f'<text transform="translate(16 {HEIGHT / 2}) rotate(-90)" text-anchor="middle">{y_name}</text>')

    def svg(self):
        return "\n".join(self.parts + ["</svg>", ""])
