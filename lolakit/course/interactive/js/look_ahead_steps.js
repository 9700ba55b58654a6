figure("look_ahead_steps", (data, {write, move, trace}) => {
  const rows = (s) => Object.entries(data.shares[s.source || data.first]);
  return {
    // The product, and for each K its lookahead and the share of pairs: the library ran them.
    compute(s) {
      const product = data.products[s.at];
      return {product, at: rows(s).map(([K, share]) => [Number(K), product / K, share[s.at]])};
    },
    draw(s) {
      rows(s).forEach(([K, share], k) => {
        const way = share.map((y, i) =>
          [Math.log10(data.products[i] / (s.by === "lookahead" ? K : 1)), y]);
        trace(`line ${k}`, data.panel, way);
        move(`dot ${k}`, data.panel, way[s.at]);
      });
      write("axis", data.axes[s.by]);
    },
    says(s, {product, at}) {
      const each = at.map(([K, eta, share]) => `K = ${K}, lookahead ${fmt(eta, 3)}: ${fmt(share)}`);
      return `K \u00d7 lookahead = ${fmt(product)}. Share of pairs that cooperate: ${each.join("; ")}.`;
    },
  };
});
