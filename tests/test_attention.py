"""Attention, its layers and the Transformer: beside PyTorch, and by what must hold without it."""

from __future__ import annotations

import copy
import math

import numpy as np
import pytest
from fresh import python

import pydl
from pydl import nn
from pydl.nn import functional as F


def rng(seed=0):
    return np.random.default_rng(seed)


def both(torch, name, *args, **kwargs):
    """The layer in both libraries, in double, with PyTorch's weights."""
    ours, theirs = getattr(nn, name)(*args, **kwargs).double(), getattr(torch.nn, name)(*args, **kwargs).double()
    state = theirs.state_dict()
    assert list(ours.state_dict()) == list(state)
    assert {k: tuple(v.shape) for k, v in ours.state_dict().items()} == {k: tuple(v.shape) for k, v in state.items()}
    state = {
        k: torch.from_numpy(rng(i).standard_normal(tuple(v.shape)) * 0.5) for i, (k, v) in enumerate(state.items())
    }
    theirs.load_state_dict(state)
    ours.load_state_dict({k: pydl.tensor(v.numpy()) for k, v in state.items()})
    return ours, theirs


def compare(torch, ours, theirs, inputs, call, outputs=lambda y: y):
    """Results, gradients of inputs and parameters. inputs: arrays; the same array gives the same tensor."""
    made = {}
    for x in inputs:
        if id(x) not in made:
            made[id(x)] = (pydl.tensor(x, requires_grad=True), torch.tensor(x, requires_grad=True))
    a, b = ([made[id(x)][i] for x in inputs] for i in (0, 1))
    y, z = outputs(call(ours, pydl, *a)), outputs(call(theirs, torch, *b))
    for p, q in zip(y, z, strict=True) if isinstance(y, tuple) else [(y, z)]:
        assert (p is None) == (q is None)
        if p is not None:
            np.testing.assert_allclose(p.detach().numpy(), q.detach().numpy(), rtol=1e-8, atol=1e-10)
    y, z = (v[0] if isinstance(v, tuple) else v for v in (y, z))
    g = rng(7).standard_normal(tuple(z.shape))
    y.backward(pydl.tensor(g))
    z.backward(torch.tensor(g))
    for p, q in made.values():
        np.testing.assert_allclose(p.grad.numpy(), q.grad.numpy(), rtol=1e-6, atol=1e-9)
    for (key, p), q in zip(ours.named_parameters(), theirs.parameters(), strict=True):
        assert (p.grad is None) == (q.grad is None), key
        if q.grad is not None:
            np.testing.assert_allclose(p.grad.numpy(), q.grad.numpy(), rtol=1e-6, atol=1e-9, err_msg=key)


LAYERS = [
    {},
    {"bias": False},
    {"batch_first": True},
    {"add_bias_kv": True},
    {"add_zero_attn": True, "batch_first": True},
    {"add_bias_kv": True, "add_zero_attn": True},
    {"kdim": 5, "vdim": 3},
    {"kdim": 5, "bias": False, "add_bias_kv": True},
]
L, S, N, E, H = 4, 6, 2, 8, 2


def masks(kind, lib, queries, keys):
    """Keyword arguments of forward, in a library."""
    attn, pad = rng(3).random((queries, keys)) < 0.3, np.zeros((N, keys), bool)
    attn[:, 0] = False
    pad[1, -2:] = True
    per_head = rng(4).random((N * H, queries, keys)) < 0.3
    per_head[..., 0] = False
    numbers = rng(5).standard_normal((queries, keys))
    return {
        "none": {},
        "padding": {"key_padding_mask": lib.tensor(pad)},
        "bool": {"attn_mask": lib.tensor(attn)},
        "bool and padding": {"attn_mask": lib.tensor(attn), "key_padding_mask": lib.tensor(pad)},
        "numbers": {"attn_mask": lib.tensor(numbers)},
        "numbers of each head": {"attn_mask": lib.tensor(np.where(per_head, -np.inf, 0.5))},
        "bool of each head": {"attn_mask": lib.tensor(per_head), "key_padding_mask": lib.tensor(pad)},
    }[kind]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("settings", LAYERS, ids=lambda s: "-".join(s) or "default")
@pytest.mark.parametrize("weights", [True, False])
@pytest.mark.parametrize("kind", ["none", "bool and padding"])
def test_multihead_attention_as_torch(settings, weights, kind):
    torch = pytest.importorskip("torch")
    ours, theirs = both(torch, "MultiheadAttention", E, H, **settings)
    assert repr(ours) == repr(theirs)

    def shape(length, features):
        return (N, length, features) if settings.get("batch_first") else (length, N, features)

    inputs = [
        rng(i).standard_normal(shape(n, features))
        for i, (n, features) in enumerate(((L, E), (S, settings.get("kdim", E)), (S, settings.get("vdim", E))))
    ]
    compare(torch, ours, theirs, inputs, lambda m, lib, *x: m(*x, need_weights=weights, **masks(kind, lib, L, S)))


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("kind", ["padding", "bool", "numbers", "numbers of each head", "bool of each head"])
@pytest.mark.parametrize("weights", [True, False])
def test_masks_as_torch(kind, weights):
    torch = pytest.importorskip("torch")
    ours, theirs = both(torch, "MultiheadAttention", E, H, batch_first=True)
    x, m = rng().standard_normal((N, L, E)), rng(1).standard_normal((N, S, E))
    compare(torch, ours, theirs, [x, m, m], lambda l, lib, *x: l(*x, need_weights=weights, **masks(kind, lib, L, S)))


def test_one_sequence_and_weights_of_each_head():
    torch = pytest.importorskip("torch")
    ours, theirs = both(torch, "MultiheadAttention", E, H)
    x, m = rng().standard_normal((L, E)), rng(1).standard_normal((S, E))
    compare(torch, ours, theirs, [x, m, m], lambda l, lib, *x: l(*x, average_attn_weights=False))
    mask = np.triu(np.full((L, L), -np.inf), 1)
    compare(
        torch, ours, theirs, [x, x, x],
        lambda l, lib, *x: l(*x, attn_mask=lib.tensor(mask), is_causal=True, need_weights=False),
    )  # fmt: skip


def test_training_drops_weights():
    layer = nn.MultiheadAttention(E, H, dropout=0.5)
    x = pydl.randn(L, N, E)
    for weights in (True, False):
        assert (
            layer.train()(x, x, x, need_weights=weights)[0].tolist() != layer(x, x, x, need_weights=weights)[0].tolist()
        )
        assert (
            layer.eval()(x, x, x, need_weights=weights)[0].tolist() == layer(x, x, x, need_weights=weights)[0].tolist()
        )


def test_dropout_of_the_function():
    pydl.manual_seed(0)
    n = 40
    q = pydl.zeros(1, 500, 4)
    v = pydl.eye(n).unsqueeze(0)
    y = F.scaled_dot_product_attention(q, pydl.zeros(1, n, 4), v, dropout_p=0.25)  # the weights themselves
    kept = y.numpy() > 0
    assert 0.72 < kept.mean() < 0.78
    np.testing.assert_allclose(y.numpy()[kept], 1 / n / 0.75, rtol=1e-5)
    whole = F.scaled_dot_product_attention(q, pydl.zeros(1, n, 4), v, dropout_p=1.0)
    assert not whole.numpy().any()


BLOCKS = [
    {},
    {"norm_first": True},
    {"batch_first": True, "activation": "gelu"},
    {"bias": False, "layer_norm_eps": 1e-3},
]


@pytest.mark.parametrize("settings", BLOCKS, ids=lambda s: "-".join(s) or "default")
@pytest.mark.filterwarnings("ignore")
def test_encoder_and_decoder_layers_as_torch(settings):
    torch = pytest.importorskip("torch")
    first = settings.get("batch_first", False)
    x, m = (rng(i).standard_normal((N, n, E) if first else (n, N, E)) for i, n in enumerate((L, S)))
    args = (E, H, 11, 0.0)
    ours, theirs = both(torch, "TransformerEncoderLayer", *args, **settings)
    assert repr(ours) == repr(theirs)
    compare(
        torch, ours, theirs, [m],
        lambda l, lib, m: l(m, **{
            {"attn_mask": "src_mask"}.get(k, "src_key_padding_mask"): v
            for k, v in masks("bool and padding", lib, S, S).items()
        }),
    )  # fmt: skip
    ours, theirs = both(torch, "TransformerDecoderLayer", *args, **settings)
    assert repr(ours) == repr(theirs)

    def decode(layer, lib, x, m):
        causal = (nn if lib is pydl else lib.nn).Transformer.generate_square_subsequent_mask(L)
        pad = masks("padding", lib, L, S)["key_padding_mask"]
        return layer(x, m, tgt_mask=causal.double(), tgt_is_causal=True, memory_key_padding_mask=pad)

    compare(torch, ours, theirs, [x, m], decode)


@pytest.mark.parametrize("settings", BLOCKS, ids=lambda s: "-".join(s) or "default")
@pytest.mark.filterwarnings("ignore")
def test_transformer_as_torch(settings):
    torch = pytest.importorskip("torch")
    first = settings.get("batch_first", False)
    m, x = (rng(i).standard_normal((N, n, E) if first else (n, N, E)) for i, n in enumerate((S, L)))
    ours, theirs = both(torch, "Transformer", E, H, 2, 2, 11, 0.0, **settings)
    assert repr(ours) == repr(theirs)

    def call(model, lib, src, tgt):
        pad = masks("padding", lib, L, S)["key_padding_mask"]
        causal = model.generate_square_subsequent_mask(L).double()
        return model(src, tgt, tgt_mask=causal, src_key_padding_mask=pad, memory_key_padding_mask=pad)

    compare(torch, ours, theirs, [m, x], call)
    theirs.eval()
    ours.eval()
    y, z = ours(pydl.tensor(m), pydl.tensor(x)), theirs(torch.tensor(m), torch.tensor(x))
    np.testing.assert_allclose(y.detach().numpy(), z.detach().numpy(), rtol=1e-7, atol=1e-9)


@pytest.mark.filterwarnings("ignore")
def test_first_values_as_torch():
    torch = pytest.importorskip("torch")
    for lib in (nn, torch.nn):
        layer = lib.MultiheadAttention(64, 4, add_bias_kv=True)
        bound = math.sqrt(6 / (64 + 192))
        values = layer.in_proj_weight.detach().numpy()
        assert 0.98 * bound < abs(values).max() <= bound
        assert not layer.in_proj_bias.detach().numpy().any() and not layer.out_proj.bias.detach().numpy().any()
        assert abs(layer.out_proj.weight.detach().numpy()).max() <= 1 / 8
        assert 0.1 < layer.bias_k.detach().numpy().std() < 0.25 * 1.5
        model = lib.Transformer(32, 2, 1, 1, 48)
        bound = math.sqrt(6 / 80)
        assert 0.9 * bound < abs(model.encoder.layers[0].linear1.weight.detach().numpy()).max() <= bound


def test_layers_of_a_stack_are_their_own():
    layer = nn.TransformerEncoderLayer(E, H, 8)
    stack = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)
    a, b = stack.layers
    assert a.linear1.weight is not b.linear1.weight and a.linear1.weight.tolist() == b.linear1.weight.tolist()
    assert not any(p is q for p in layer.parameters() for q in stack.parameters())


def test_a_causal_mask_is_found_and_changes_nothing():
    stack = nn.TransformerEncoder(nn.TransformerEncoderLayer(E, H, 8, 0.0), 2).double()
    x = pydl.tensor(rng().standard_normal((L, N, E)))
    mask = nn.Transformer.generate_square_subsequent_mask(L).double()
    np.testing.assert_array_equal(mask.numpy(), np.triu(np.full((L, L), -np.inf), 1))
    y = stack(x, mask)
    for other in (stack(x, mask, is_causal=True), stack(x, mask, is_causal=False), stack(x, mask == -math.inf)):
        np.testing.assert_allclose(other.detach().numpy(), y.detach().numpy(), rtol=1e-12, atol=1e-14)
    # What comes later does not matter.
    z = stack(pydl.cat((x[:2], x[2:] * 3)), mask)
    np.testing.assert_allclose(z[:2].detach().numpy(), y[:2].detach().numpy(), rtol=1e-12, atol=1e-14)


def test_custom_parts_and_activations():
    model = nn.Transformer(E, H, custom_encoder=nn.Identity(), custom_decoder=nn.Identity())
    assert isinstance(model.encoder, nn.Identity)
    layer = nn.TransformerEncoderLayer(E, H, 8, 0.0, activation=nn.Tanh())
    assert isinstance(layer.activation, nn.Tanh) and copy.deepcopy(layer)(pydl.ones(3, E)).shape == (3, E)
    with pytest.raises(ValueError, match="activation"):
        nn.TransformerEncoderLayer(E, H, activation="swish")
    with pytest.raises(RuntimeError, match="features"):
        nn.Transformer(E, H, 1, 1, 8)(pydl.ones(2, 1, 7), pydl.ones(2, 1, E))
    with pytest.raises(RuntimeError, match="batch"):
        nn.Transformer(E, H, 1, 1, 8)(pydl.ones(2, 1, E), pydl.ones(2, 3, E))
    for embed, heads in ((0, 1), (8, 3), (8, 0)):
        with pytest.raises(ValueError):
            nn.MultiheadAttention(embed, heads)


# The kernel.


def projected(batch, length, heads, size, seed=0):
    """q, k and v as a GPT has them: views of one product."""
    qkv = pydl.tensor(rng(seed).standard_normal((batch, length, 3 * heads * size)), requires_grad=True)
    parts = (x.view(batch, length, heads, size).transpose(1, 2) for x in qkv.split(heads * size, 2))
    return qkv, tuple(parts)


@pytest.mark.parametrize("causal", [True, False])
@pytest.mark.parametrize("heads", [2, 16])
def test_the_kernel_is_the_composition(causal, heads):
    """Views of one product, few heads and many (which are split over threads in another way)."""
    from pydl.ops.attention import weights

    qkv, (q, k, v) = projected(1, 150, heads, 8)
    y = F.scaled_dot_product_attention(q, k, v, is_causal=causal)
    assert y.transpose(1, 2).is_contiguous(), "joining the heads must not copy"
    g = pydl.tensor(rng(1).standard_normal(y.shape))
    (fused,) = pydl.autograd.grad(y, qkv, g)
    z = weights(q, k, None, 8**-0.5, causal) @ v
    (whole,) = pydl.autograd.grad(z, qkv, g)
    np.testing.assert_allclose(y.detach().numpy(), z.detach().numpy(), rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(fused.numpy(), whole.numpy(), rtol=1e-9, atol=1e-11)


def test_the_same_bits_on_any_number_of_threads():
    results = []
    before = pydl.get_num_threads()
    try:
        for threads in (1, 2, 3, 8):
            pydl.set_num_threads(threads)
            bits = b""
            for heads in (2, 16):
                qkv, (q, k, v) = projected(2, 150, heads, 8)
                y = F.scaled_dot_product_attention(q.float(), k.float(), v.float(), is_causal=True)
                y.sum().backward()
                bits += y.detach().numpy().tobytes() + qkv.grad.numpy().tobytes()
            results.append(bits)
    finally:
        pydl.set_num_threads(before)
    assert len(set(results)) == 1


def test_memory_does_not_grow_with_the_square_of_the_length():
    code = """
import resource, pydl
F = pydl.nn.functional
def peak(length):
    x = pydl.randn(1, 1, length, 8, requires_grad=True)
    F.scaled_dot_product_attention(x, x, x, is_causal=True).sum().backward()
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(-peak(64) + peak(8192))
"""
    # In KiB. One matrix of scores would be 262144.
    assert int(python(code)) < 65536


def test_large_scores_and_blocks_that_are_masked():
    """A first block of keys that nothing may look at, scores beyond exp's range, NaN where it belongs."""
    q, k, v = (rng(i).standard_normal((1, n, 4)) for i, n in enumerate((5, 300, 300)))
    mask = np.ones((5, 300), bool)
    mask[:, :200] = False
    mask[3] = False
    t = [pydl.tensor(a * s, requires_grad=True) for a, s in ((q, 1e3), (k, 1e3), (v, 1))]
    y = F.scaled_dot_product_attention(*t, pydl.tensor(mask))
    y.sum().backward()
    assert np.isfinite(y.detach().numpy()).all() and all(np.isfinite(x.grad.numpy()).all() for x in t)
    assert not y[0, 3].detach().numpy().any() and not t[0].grad[0, 3].numpy().any()
    top = np.where(mask[0], q[0, 0] @ k[0].T, -np.inf).argmax()
    np.testing.assert_allclose(y[0, 0].detach().numpy(), v[0, top], rtol=1e-9)
    assert not t[2].grad[0, :200].numpy().any()
    bad = k.copy()
    bad[0, 250, 0] = np.nan
    z = F.scaled_dot_product_attention(pydl.tensor(q), pydl.tensor(bad), pydl.tensor(v)).numpy()
    assert np.isnan(z).all()


def test_a_mask_written_after_the_call_does_not_change_the_gradient():
    q = pydl.tensor(rng().standard_normal((3, 4)), requires_grad=True)
    mask = pydl.ones(3, 3, dtype=pydl.bool).tril()
    (before,) = pydl.autograd.grad(F.scaled_dot_product_attention(q, q, q, mask).sum(), q)
    y = F.scaled_dot_product_attention(q, q, q, mask).sum()
    mask.fill_(True)
    (after,) = pydl.autograd.grad(y, q)
    assert before.tolist() == after.tolist()
