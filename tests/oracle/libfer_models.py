"""libfer-s, libfer-xs, mobilenet-1 and check-s in PyTorch, written from the descriptions in src/models: the second implementation that the tests compare
with."""
import torch
import torch.nn.functional as F
from torch import nn


class Block(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(c, c, 3, padding=1, bias=False), nn.BatchNorm2d(c)
        self.conv2, self.bn2 = nn.Conv2d(c, c, 3, padding=1, bias=False), nn.BatchNorm2d(c)

    def forward(self, x):
        return F.relu(x + self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x))))))


class Stage(nn.Module):
    def __init__(self, c_in, c):
        super().__init__()
        self.down, self.down_bn = nn.Conv2d(c_in, c, 3, stride=2, padding=1, bias=False), nn.BatchNorm2d(c)
        self.add_module("0", Block(c))

    def forward(self, x):
        return getattr(self, "0")(F.relu(self.down_bn(self.down(x))))


class Layer(nn.Module):
    def __init__(self, d, heads):
        super().__init__()
        self.heads = heads
        self.norm1, self.norm2 = nn.LayerNorm(d), nn.LayerNorm(d)
        self.qkv, self.projection = nn.Linear(d, 3 * d), nn.Linear(d, d)
        self.ff1, self.ff2 = nn.Linear(d, 2 * d), nn.Linear(2 * d, d)

    def forward(self, x):
        n, t, d = x.shape
        q, k, v = self.qkv(self.norm1(x)).reshape(n, t, 3, self.heads, d // self.heads).permute(2, 0, 3, 1, 4)
        weights = torch.softmax(q @ k.transpose(-2, -1) * (d // self.heads) ** -0.5, -1)
        x = x + self.projection((weights @ v).transpose(1, 2).reshape(n, t, d))
        return x + self.ff2(F.gelu(self.ff1(self.norm2(x))))


class Libfer(nn.Module):
    def __init__(self, classes=8, stem=24, widths=(40, 80, 160), layers=2, heads=4, side=48):
        super().__init__()
        d = widths[-1]
        self.stem, self.stem_bn = nn.Conv2d(1, stem, 3, padding=1, bias=False), nn.BatchNorm2d(stem)
        for i, (a, b) in enumerate(zip((stem,) + widths, widths)):
            self.add_module(f"stage{i + 1}", Stage(a, b))
        self.position = nn.Parameter(torch.randn(1, (side // 8) ** 2, d) * 0.02)
        self.encoder = nn.ModuleList(Layer(d, heads) for _ in range(layers))
        self.norm, self.attention_pool, self.fc = nn.LayerNorm(d), nn.Linear(d, 1), nn.Linear(d, classes)

    def forward(self, x):
        x = F.relu(self.stem_bn(self.stem(x)))
        x = self.stage3(self.stage2(self.stage1(x)))
        x = x.flatten(2).transpose(1, 2) + self.position
        for layer in self.encoder:
            x = layer(x)
        x = self.norm(x)
        weights = torch.softmax(self.attention_pool(x), 1)
        return self.fc((weights * x).sum(1))


class Separable(nn.Module):
    def __init__(self, c_in, c, stride):
        super().__init__()
        self.depthwise, self.bn1 = nn.Conv2d(c_in, c_in, 3, stride, 1, groups=c_in, bias=False), nn.BatchNorm2d(c_in)
        self.pointwise, self.bn2 = nn.Conv2d(c_in, c, 1, bias=False), nn.BatchNorm2d(c)

    def forward(self, x):
        return F.relu6(self.bn2(self.pointwise(F.relu6(self.bn1(self.depthwise(x))))))


class MobileNet1(nn.Module):
    widths = [(64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2)] + [(512, 1)] * 5 + [(1024, 2), (1024, 1)]

    def __init__(self, classes=8):
        super().__init__()
        self.conv1, self.bn1, c = nn.Conv2d(1, 32, 3, 2, 1, bias=False), nn.BatchNorm2d(32), 32
        for i, (width, stride) in enumerate(self.widths):
            self.add_module(f"block{i + 1}", Separable(c, width, stride))
            c = width
        self.features, self.fc = nn.BatchNorm1d(2560), nn.Linear(2560, classes)

    def forward(self, x):
        x, means = F.relu6(self.bn1(self.conv1(x))), []
        for i in range(1, 14):
            x = getattr(self, f"block{i}")(x)
            if i > 10:
                means.append(x.mean((2, 3)))
        return self.fc(self.features(torch.cat(means, 1)))


class CheckStage(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.down, self.down_bn = nn.Conv2d(c // 2, c, 2, 2, bias=False), nn.BatchNorm2d(c)
        self.conv1, self.conv1_bn = nn.Conv2d(c, c, 3, padding=1, bias=False), nn.BatchNorm2d(c)
        self.conv2, self.conv2_bn = nn.Conv2d(c, c, 3, padding=1, bias=False), nn.BatchNorm2d(c)

    def forward(self, x):
        x = F.relu(self.down_bn(self.down(x)))
        return F.relu(x + self.conv2_bn(self.conv2(F.relu(self.conv1_bn(self.conv1(x))))))


class Check(nn.Module):
    def __init__(self, classes=8, stem=16, side=48, dropout=0):
        super().__init__()
        self.stem, self.stem_bn = nn.Conv2d(3, stem, 4, 2, 1, bias=False), nn.BatchNorm2d(stem)
        self.stage1, self.stage2 = CheckStage(2 * stem), CheckStage(4 * stem)
        self.fc, self.dropout = nn.Linear(4 * stem * (side // 8) ** 2, classes), dropout

    def forward(self, x):
        x = self.stage2(self.stage1(F.relu(self.stem_bn(self.stem(x)))))
        return self.fc(F.dropout(x.permute(0, 2, 3, 1).flatten(1), self.dropout, self.training))
