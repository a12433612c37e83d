"""PyTorch's names that programs use, by where they stand: what docs/pytorch.md is checked against.

``vision`` has torchvision's.
"""

NAMES = {
    "": """
        gradient igamma igammac is_inference_mode_enabled
        __version__ abs abs_ absolute acos acos_ acosh acosh_ add addbmm addcdiv addcmul addmm addmv addmv_ addr
        all allclose amax amin aminmax amp any arange arccos arccos_ arccosh arccosh_ arcsin arcsin_ arcsinh
        arcsinh_ arctan arctan2 arctan_ arctanh arctanh_ are_deterministic_algorithms_enabled argmax argmin
        argsort argwhere as_strided as_strided_ as_tensor asin asin_ asinh asinh_ atan atan2 atan_ atanh atanh_
        atleast_1d atleast_2d atleast_3d autograd backends baddbmm bernoulli bfloat16 bincount bitwise_and
        bitwise_left_shift bitwise_not bitwise_or bitwise_right_shift bitwise_xor block_diag bmm bool BoolTensor
        broadcast_shapes broadcast_tensors broadcast_to bucketize ByteTensor can_cast cartesian_prod cat cdist
        ceil ceil_ chain_matmul chunk clamp clamp_ clamp_max clamp_max_ clamp_min clamp_min_ clip clip_ clone
        column_stack combinations compile concat concatenate contiguous_format copysign cos cos_ cosh cosh_
        count_nonzero cross cuda cummax cummin cumprod cumsum deg2rad deg2rad_ detach detach_ device diag
        diag_embed diagflat diagonal diff digamma dist distributed distributions div divide dot double
        DoubleTensor dsplit dstack dtype e einsum empty empty_like enable_grad eq equal erf erf_ erfc erfc_
        erfinv exp exp2 exp2_ exp_ expm1 expm1_ eye fft finfo fix fix_ flatten flip fliplr flipud float float16
        float32 float64 float_power FloatTensor floor floor_ floor_divide fmax fmin fmod frac frac_ from_numpy
        full full_like func gather ge Generator ger get_default_device get_default_dtype get_num_threads
        get_rng_state greater greater_equal gt half HalfTensor heaviside histc hsplit hstack hypot iinfo
        index_add index_copy index_fill index_put index_put_ index_select inf inference_mode initial_seed inner
        int int16 int32 int64 int8 IntTensor is_floating_point is_grad_enabled is_storage is_tensor isclose
        isfinite isin isinf isnan isneginf isposinf jit kron kthvalue le lerp less less_equal lgamma linalg
        linspace load log log10 log10_ log1p log1p_ log2 log2_ log_ log_softmax logaddexp logaddexp2
        logcumsumexp logical_and logical_not logical_or logical_xor logit logit_ logsumexp long LongTensor lt
        manual_seed masked_fill masked_scatter masked_select matmul max maximum mean median meshgrid min minimum
        mm mode moveaxis movedim msort mul multinomial multiply multiprocessing mv nan nan_to_num nan_to_num_
        nanmean nanmedian nanquantile nansum narrow ne neg neg_ negative negative_ nn no_grad nonzero norm
        normal not_equal numel ones ones_like optim outer permute pi positive pow preserve_format prod profiler
        promote_types put quantile rad2deg rad2deg_ rand rand_like randint randint_like randn randn_like random
        randperm ravel reciprocal reciprocal_ relu relu_ remainder renorm repeat_interleave reshape result_type
        roll rot90 round round_ row_stack rsqrt rsqrt_ save scatter scatter_add scatter_reduce searchsorted seed
        select set_default_device set_default_dtype set_grad_enabled set_num_threads set_printoptions
        set_rng_state sgn short sigmoid sigmoid_ sign signbit sin sin_ sinc sinc_ sinh sinh_ Size softmax sort
        special split split_with_sizes sqrt sqrt_ square square_ squeeze stack std std_mean strided sub subtract
        sum swapaxes swapdims t take take_along_dim tan tan_ tanh tanh_ Tensor tensor tensor_split tensordot
        tile topk trace transpose tril tril_indices triu triu_indices true_divide trunc trunc_ uint8 unbind
        unflatten unique unique_consecutive unsqueeze use_deterministic_algorithms utils var var_mean vdot
        version vsplit vstack where xlogy xlogy_ zeros zeros_like
    """,
    "Tensor": """
        __array__ __bool__ __contains__ __deepcopy__ __float__ __format__ __getitem__ __index__ __int__ __iter__
        __len__ __setitem__ abs abs_ absolute absolute_ acos acos_ acosh acosh_ add add_ addbmm addbmm_ addcdiv
        addcdiv_ addcmul addcmul_ addmm addmm_ addmv addmv_ addr addr_ all allclose amax amin aminmax any apply_
        arccos arccos_ arccosh arccosh_ arcsin arcsin_ arcsinh arcsinh_ arctan arctan2 arctan2_ arctan_ arctanh
        arctanh_ argmax argmin argsort argwhere as_strided as_strided_ asin asin_ asinh asinh_ atan atan2 atan2_
        atan_ atanh atanh_ backward baddbmm baddbmm_ bernoulli bernoulli_ bfloat16 bincount bitwise_and
        bitwise_and_ bitwise_left_shift bitwise_left_shift_ bitwise_not bitwise_not_ bitwise_or bitwise_or_
        bitwise_right_shift bitwise_right_shift_ bitwise_xor bitwise_xor_ bmm bool broadcast_to byte cauchy_
        ceil ceil_ char chunk clamp clamp_ clamp_max clamp_max_ clamp_min clamp_min_ clip clip_ clone contiguous
        copy_ copysign copysign_ cos cos_ cosh cosh_ count_nonzero cpu cross cuda cummax cummin cumprod cumprod_
        cumsum cumsum_ data data_ptr deg2rad deg2rad_ detach detach_ device diag diag_embed diagflat diagonal
        diff digamma digamma_ dim dist div div_ divide divide_ dot double dsplit dtype element_size eq eq_ equal
        erf erf_ erfc erfc_ erfinv erfinv_ exp exp2 exp2_ exp_ expand expand_as expm1 expm1_ exponential_ fill_
        fix fix_ flatten flip fliplr flipud float float_power float_power_ floor floor_ floor_divide
        floor_divide_ fmax fmin fmod fmod_ frac frac_ gather ge ge_ geometric_ ger grad grad_fn greater greater_
        greater_equal greater_equal_ gt gt_ half heaviside heaviside_ histc hsplit hypot hypot_ index_add
        index_add_ index_copy index_copy_ index_fill index_fill_ index_put index_put_ index_select inner int
        is_contiguous is_cuda is_floating_point is_leaf is_pinned is_same_size is_set_to is_shared is_signed
        isclose isfinite isinf isnan isneginf isposinf item itemsize kron kthvalue le le_ lerp lerp_ less less_
        less_equal less_equal_ lgamma lgamma_ log log10 log10_ log1p log1p_ log2 log2_ log_ log_normal_
        log_softmax logaddexp logaddexp2 logcumsumexp logical_and logical_and_ logical_not logical_not_
        logical_or logical_or_ logical_xor logical_xor_ logit logit_ logsumexp long lt lt_ map_ masked_fill
        masked_fill_ masked_scatter masked_scatter_ masked_select matmul max maximum mean median min minimum mm
        mode moveaxis movedim msort mT mul mul_ multinomial multiply multiply_ mv nan_to_num nan_to_num_ nanmean
        nanmedian nanquantile nansum narrow nbytes ndim ndimension ne ne_ neg neg_ negative negative_ nelement
        new new_empty new_full new_ones new_tensor new_zeros nonzero norm normal_ not_equal not_equal_ numel
        numpy outer permute pin_memory positive pow pow_ prod put put_ quantile rad2deg rad2deg_ random_ ravel
        reciprocal reciprocal_ register_hook register_post_accumulate_grad_hook relu relu_ remainder remainder_
        renorm renorm_ repeat repeat_interleave requires_grad requires_grad_ reshape reshape_as retain_grad
        retains_grad roll rot90 round round_ rsqrt rsqrt_ scatter scatter_ scatter_add scatter_add_
        scatter_reduce scatter_reduce_ select set_ sgn sgn_ shape share_memory_ short sigmoid sigmoid_ sign
        sign_ signbit sin sin_ sinc sinc_ sinh sinh_ size softmax sort split split_with_sizes sqrt sqrt_ square
        square_ squeeze squeeze_ std storage storage_offset stride sub sub_ subtract subtract_ sum sum_to_size
        swapaxes swapaxes_ swapdims swapdims_ T t t_ take take_along_dim tan tan_ tanh tanh_ tensor_split tile
        to tolist topk trace transpose transpose_ tril tril_ triu triu_ true_divide true_divide_ trunc trunc_
        type type_as unbind unflatten unfold uniform_ unique unique_consecutive unsqueeze unsqueeze_
        untyped_storage var vdot view view_as vsplit where xlogy xlogy_ zero_
    """,
    "nn": """
        CrossMapLRN2d
        AdaptiveAvgPool1d AdaptiveAvgPool2d AdaptiveAvgPool3d AdaptiveLogSoftmaxWithLoss AdaptiveMaxPool1d
        AdaptiveMaxPool2d AdaptiveMaxPool3d AlphaDropout AvgPool1d AvgPool2d AvgPool3d BatchNorm1d BatchNorm2d
        BatchNorm3d BCELoss BCEWithLogitsLoss Bilinear Buffer CELU ChannelShuffle CircularPad1d CircularPad2d
        CircularPad3d ConstantPad1d ConstantPad2d ConstantPad3d Conv1d Conv2d Conv3d ConvTranspose1d
        ConvTranspose2d ConvTranspose3d CosineEmbeddingLoss CosineSimilarity CrossEntropyLoss CTCLoss
        DataParallel Dropout Dropout1d Dropout2d Dropout3d ELU Embedding EmbeddingBag FeatureAlphaDropout
        Flatten Fold FractionalMaxPool2d FractionalMaxPool3d functional GaussianNLLLoss GELU GLU GroupNorm GRU
        GRUCell Hardshrink Hardsigmoid Hardswish Hardtanh HingeEmbeddingLoss HuberLoss Identity init
        InstanceNorm1d InstanceNorm2d InstanceNorm3d KLDivLoss L1Loss LayerNorm LeakyReLU Linear
        LinearCrossEntropyLoss LocalResponseNorm LogSigmoid LogSoftmax LPPool1d LPPool2d LPPool3d LSTM LSTMCell
        MarginRankingLoss MaxPool1d MaxPool2d MaxPool3d MaxUnpool1d MaxUnpool2d MaxUnpool3d Mish Module
        ModuleDict ModuleList MSELoss MultiheadAttention MultiLabelMarginLoss MultiLabelSoftMarginLoss
        MultiMarginLoss NLLLoss NLLLoss2d PairwiseDistance parallel Parameter ParameterDict ParameterList
        PixelShuffle PixelUnshuffle PoissonNLLLoss PReLU ReflectionPad1d ReflectionPad2d ReflectionPad3d ReLU
        ReLU6 ReplicationPad1d ReplicationPad2d ReplicationPad3d RMSNorm RNN RNNCell RReLU SELU Sequential
        Sigmoid SiLU SmoothL1Loss SoftMarginLoss Softmax Softmax2d Softmin Softplus Softshrink Softsign
        SyncBatchNorm Tanh Tanhshrink Threshold Transformer TransformerDecoder TransformerDecoderLayer
        TransformerEncoder TransformerEncoderLayer TripletMarginLoss TripletMarginWithDistanceLoss Unflatten
        Unfold Upsample UpsamplingBilinear2d UpsamplingNearest2d utils ZeroPad1d ZeroPad2d ZeroPad3d
    """,
    "nn.functional": """
        adaptive_avg_pool1d adaptive_avg_pool2d adaptive_avg_pool3d adaptive_max_pool1d adaptive_max_pool2d
        adaptive_max_pool3d affine_grid alpha_dropout avg_pool1d avg_pool2d avg_pool3d batch_norm bilinear
        binary_cross_entropy binary_cross_entropy_with_logits celu celu_ channel_shuffle conv1d conv2d conv3d
        conv_transpose1d conv_transpose2d conv_transpose3d cosine_embedding_loss cosine_similarity cross_entropy
        ctc_loss dropout dropout1d dropout2d dropout3d elu elu_ embedding embedding_bag feature_alpha_dropout
        fold fractional_max_pool2d fractional_max_pool3d gaussian_nll_loss gelu glu grid_sample group_norm
        gumbel_softmax hardshrink hardsigmoid hardswish hardtanh hardtanh_ hinge_embedding_loss huber_loss
        instance_norm interpolate kl_div l1_loss layer_norm leaky_relu leaky_relu_ linear local_response_norm
        log_softmax logsigmoid lp_pool1d lp_pool2d lp_pool3d margin_ranking_loss max_pool1d max_pool2d
        max_pool2d_with_indices max_pool3d max_unpool1d max_unpool2d max_unpool3d mish mse_loss
        multi_head_attention_forward multi_margin_loss multilabel_margin_loss multilabel_soft_margin_loss
        nll_loss normalize one_hot pad pairwise_distance pdist pixel_shuffle pixel_unshuffle poisson_nll_loss
        prelu relu relu6 relu_ rms_norm rrelu rrelu_ scaled_dot_product_attention selu selu_ sigmoid silu
        smooth_l1_loss soft_margin_loss softmax softmin softplus softshrink softsign tanh tanhshrink threshold
        threshold_ triplet_margin_loss triplet_margin_with_distance_loss unfold upsample upsample_bilinear
        upsample_nearest
    """,
    "nn.init": """
        calculate_gain constant_ dirac_ eye_ kaiming_normal_ kaiming_uniform_ normal_ ones_ orthogonal_ sparse_
        trunc_normal_ uniform_ xavier_normal_ xavier_uniform_ zeros_
    """,
    "nn.utils": """
        prune
        clip_grad_norm clip_grad_norm_ clip_grad_value_ clip_grads_with_norm_ get_total_norm
        parameters_to_vector parametrizations parametrize remove_spectral_norm remove_weight_norm rnn
        spectral_norm vector_to_parameters weight_norm
    """,
    "nn.utils.rnn": """
        invert_permutation pack_padded_sequence pack_sequence PackedSequence pad_packed_sequence pad_sequence
        unpack_sequence unpad_sequence
    """,
    "nn.utils.parametrizations": """
        spectral_norm weight_norm
    """,
    "nn.attention": """
        sdpa_kernel
    """,
    "testing": """
        assert_close
    """,
    "nn.parallel": """
        DataParallel DistributedDataParallel
    """,
    "autograd": """
        backward detect_anomaly enable_grad Function functional grad gradcheck gradgradcheck graph
        inference_mode no_grad profiler set_detect_anomaly set_grad_enabled Variable
    """,
    "autograd.functional": """
        hessian hvp jacobian jvp vhp vjp
    """,
    "func": """
        functional_call grad grad_and_value hessian jacfwd jacrev jvp linearize stack_module_state vjp vmap
    """,
    "utils.checkpoint": """
        checkpoint checkpoint_sequential
    """,
    "optim": """
        Adadelta Adafactor Adagrad Adam Adamax AdamW ASGD LBFGS lr_scheduler Muon NAdam Optimizer RAdam RMSprop
        Rprop SGD SparseAdam swa_utils
    """,
    "optim.lr_scheduler": """
        ChainedScheduler ConstantLR CosineAnnealingLR CosineAnnealingWarmRestarts CyclicLR ExponentialLR
        LambdaLR LinearLR LRScheduler MultiplicativeLR MultiStepLR OneCycleLR PolynomialLR ReduceLROnPlateau
        SequentialLR StepLR
    """,
    "optim.swa_utils": """
        AveragedModel get_ema_avg_fn get_ema_multi_avg_fn get_swa_avg_fn get_swa_multi_avg_fn SWALR update_bn
    """,
    "utils.data": """
        BatchSampler ChainDataset ConcatDataset DataLoader Dataset default_collate default_convert distributed
        get_worker_info IterableDataset random_split RandomSampler Sampler SequentialSampler StackDataset Subset
        SubsetRandomSampler TensorDataset WeightedRandomSampler
    """,
    "utils.tensorboard": """
        SummaryWriter
    """,
    "utils.data.distributed": """
        DistributedSampler
    """,
    "distributions": """
        Bernoulli Beta Binomial Categorical Cauchy Chi2 constraints Dirichlet Distribution Exponential Gamma
        Geometric Gumbel HalfCauchy HalfNormal Independent InverseGamma kl kl_divergence Laplace LogNormal
        LowRankMultivariateNormal MixtureSameFamily Multinomial MultivariateNormal NegativeBinomial Normal
        OneHotCategorical Pareto Poisson register_kl RelaxedOneHotCategorical StudentT TransformedDistribution
        transforms Uniform VonMises Weibull Wishart
    """,
    "linalg": """
        cholesky cholesky_ex cross det diagonal eigh eigvalsh inv inv_ex ldl_factor lstsq lu lu_factor lu_solve
        matmul matrix_norm matrix_power matrix_rank multi_dot norm pinv qr slogdet solve solve_triangular svd
        svdvals vecdot vector_norm
    """,
    "fft": """
        fft fft2 fftfreq fftn fftshift hfft ifft ifft2 ifftn ifftshift ihfft irfft irfft2 irfftn rfft rfft2
        rfftfreq rfftn
    """,
    "cuda": """
        amp current_device device_count empty_cache get_device_name is_available manual_seed manual_seed_all
        max_memory_allocated memory_allocated set_device synchronize
    """,
    "backends": """
        cuda cudnn mkl mkldnn mps openmp
    """,
    "backends.cudnn": """
        benchmark deterministic enabled is_available version
    """,
    "amp": """
        autocast GradScaler
    """,
    "cuda.amp": """
        autocast GradScaler
    """,
    "jit": """
        script trace
    """,
    "distributed": """
        all_reduce barrier destroy_process_group get_rank get_world_size init_process_group is_available
        is_initialized
    """,
    "profiler": """
        profile ProfilerActivity record_function schedule
    """,
    "multiprocessing": """
        get_context Process Queue set_start_method spawn
    """,
    "utils": """
        benchmark
        checkpoint data
    """,
    "nn.parameter": """
        Buffer Parameter
    """,
    "vision.ops": """
        batched_nms box_area box_convert box_iou clip_boxes_to_image generalized_box_iou nms remove_small_boxes
        roi_align roi_pool sigmoid_focal_loss
    """,
    "vision.transforms": """
        CenterCrop ColorJitter Compose functional Grayscale Lambda Normalize Pad RandomAffine RandomApply
        RandomCrop RandomErasing RandomHorizontalFlip RandomResizedCrop RandomRotation RandomVerticalFlip Resize
        ToPILImage ToTensor
    """,
    "vision.datasets": """
        CIFAR10 FakeData FashionMNIST ImageFolder MNIST
    """,
}
